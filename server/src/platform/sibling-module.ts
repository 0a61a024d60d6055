/**
 * The URL of the module `name` in the folder of the calling module, for a worker or a child process: TypeScript in
 * a checkout, JavaScript in what is published.
 */
export function siblingModule(callerUrl: string, name: string): URL {
  const extension = callerUrl.slice(callerUrl.lastIndexOf("."));
  return new URL(`./${name}${extension}`, callerUrl);
}
