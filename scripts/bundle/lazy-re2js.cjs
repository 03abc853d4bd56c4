/**
 * In the bundle, in place of `re2js`: an eighth of all that Node would read at every start, most of it tables of
 * Unicode, and few routes have a regex. The package is a file beside the bundle, which the first regex loads.
 */
const { createRequire } = require('node:module');

/** Under a name that ncc doesn't follow: it would put the package back into the bundle. */
const beside = createRequire(__filename);

Object.defineProperty(exports, 'RE2JS', { get: () => beside('./re2js.cjs').RE2JS });
