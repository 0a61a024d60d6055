import tseslint from "typescript-eslint";

/** Time, randomness and timers come from server/src/platform; kernels get them as arguments. */
const ambient = [
  {
    selector: "MemberExpression[object.name='Date'][property.name='now']",
    message: "Take the time from a Clock (server/src/platform/clock.ts).",
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: "Take the time from a Clock (server/src/platform/clock.ts).",
  },
  {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: "Take randomness as an argument.",
  },
  {
    selector: "CallExpression[callee.name=/^(setTimeout|setInterval|setImmediate)$/]",
    message: "Use the timers of server/src/platform/timers.ts.",
  },
];

/** Arrows point one way: http/cli -> domain -> db/platform -> contract/kernels. */
const httpRooms = ["**/http/*", "**/cli/*", "**/routes.ts", "**/register-routes.ts", "**/main.ts"];
const domainRooms = [
  "**/tenancy/*",
  "**/documents/*",
  "**/clusters/*",
  "**/triggers/*",
  "**/runs/*",
  "**/labels/*",
  "**/webhooks/*",
];
const forbid = (files, ignores, group, message) => ({
  files,
  ignores,
  rules: { "no-restricted-imports": ["error", { patterns: [{ group, message }] }] },
});
const tests = ["**/*.test.ts"];

export default tseslint.config(
  { ignores: ["**/node_modules/**", "dist/**", "bench/node_modules/**", "**/*.js"] },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "@typescript-eslint/no-unnecessary-condition": ["error", { allowConstantLoopConditions: true }],
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/no-confusing-void-expression": "off",
      "@typescript-eslint/no-meaningless-void-operator": "off",
      "@typescript-eslint/no-invalid-void-type": "off",
      "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
      "@typescript-eslint/unified-signatures": "off",
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
    },
  },
  {
    files: ["server/src/**/*.ts", "kernels/src/**/*.ts", "contract/src/**/*.ts", "client/src/**/*.ts"],
    ignores: ["server/src/platform/**", ...tests],
    rules: { "no-restricted-syntax": ["error", ...ambient] },
  },
  {
    files: ["kernels/src/**/*.ts", "server/src/**/*.ts"],
    ignores: ["kernels/src/engine/runtime.ts"],
    rules: {
      "@typescript-eslint/no-restricted-imports": [
        "error",
        {
          name: "onnxruntime-node",
          message: "Import kernels/src/engine/runtime.ts: it keeps the runtime from telling anybody.",
        },
      ],
    },
  },
  forbid(
    ["contract/src/**/*.ts"],
    tests,
    ["#kernels/*", "#client/*", "**/server/**"],
    "contract/ is the wire: it imports no other room.",
  ),
  forbid(
    ["kernels/src/**/*.ts"],
    tests,
    ["#*", "**/server/**", "**/contract/**", "fastify*", "pg", "kysely"],
    "kernels/ is a library of its own.",
  ),
  forbid(["client/src/**/*.ts"], tests, ["#kernels/*", "**/server/**"], "client/ knows the contract only."),
  forbid(
    ["server/src/platform/**/*.ts"],
    tests,
    [...httpRooms, ...domainRooms, "**/db/*"],
    "platform/ knows no other room of the server.",
  ),
  forbid(
    ["server/src/db/**/*.ts"],
    tests,
    [...httpRooms, ...domainRooms],
    "db/ knows platform/ and contract/ only.",
  ),
  forbid(
    domainRooms.map((room) => `server/src/${room.slice(3).replace("/*", "/**")}/*.ts`),
    [...tests, "**/routes.ts"],
    httpRooms,
    "A domain file does not know HTTP: only its room's routes.ts does.",
  ),
  {
    files: ["test/**/*.ts", "scripts/**/*.ts", "bench/**/*.ts", "**/*.test.ts"],
    rules: {
      "@typescript-eslint/no-floating-promises": [
        "error",
        {
          allowForKnownSafeCalls: ["describe", "it", "test", "suite"].map((name) => ({
            from: "package",
            name,
            package: "node:test",
          })),
        },
      ],
      // A test reads the wire as it is.
      "@typescript-eslint/no-explicit-any": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
      "@typescript-eslint/restrict-plus-operands": "off",
    },
  },
);
