/**
 * In the bundle: the library, whose modules are loaded when a program asks for it. Neither the Action nor the command
 * line needs all of them. Not with `import()`, because `require` of a package can't wait.
 */
exports.library = () => require('../index.js');
