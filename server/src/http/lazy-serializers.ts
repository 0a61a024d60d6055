import { SerializerSelector } from "@fastify/fast-json-stringify-compiler";
import type { FastifyServerOptions } from "fastify";

type CompilersFactory = NonNullable<
  NonNullable<FastifyServerOptions["schemaController"]>["compilersFactory"]
>;
type BuildSerializer = NonNullable<CompilersFactory["buildSerializer"]>;

/**
 * Fastify's own serializers, each compiled when the first such answer is sent: all of them, and all validators, at once
 * take 1.7 s of processor time where the rest of the app takes 0.1 s, and most processes see few of the routes.
 */
export const lazySerializers: BuildSerializer = (externalSchemas, options) => {
  const compile = SerializerSelector()(externalSchemas, options);
  return (route) => {
    let serialize: ((answer: unknown) => string) | undefined;
    return (answer) => (serialize ??= compile(route))(answer);
  };
};
