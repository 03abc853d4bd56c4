/**
 * In the bundle, in place of `@actions/exec`, which `@actions/core` loads to ask a runner for the name of its operating
 * system. Nothing here asks that, and Node would read it, and start its module of child processes, at every start.
 */
export function getExecOutput() {
  throw new Error('There is no exec of @actions in this bundle: see scripts/bundle/no-exec.js.');
}
