/**
 * In the bundle, in place of `debug`, by which the agent of SOCKS proxies tells a developer what it does, with the
 * proxy's password. Here all that is printed goes through a redactor.
 */
module.exports = () => () => undefined;
