/** As in package.json, which a test compares; the command line and the User-Agent say it. */
export const VERSION = '1.0.0';
