/**
 * In the bundle: the library. Neither the Action nor the command line needs all of its modules, so they are in files of
 * their own, which Node reads where they are asked for. A program imports them with `library.js` (`scripts/bundle.ts`),
 * and not with `import()`, because `require` of a package can't wait.
 */

/** Never called: what ncc goes by to give the library's modules files of their own. */
exports.inFilesOfTheirOwn = () => import('./index.js');

/** @param files what these files export */
exports.library = (...files) => {
  Object.assign(__webpack_modules__, ...files.map(({ modules }) => modules));
  return __webpack_require__(require.resolveWeak('./index.js'));
};
