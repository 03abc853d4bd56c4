/** As in package.json, which a test compares; the command line and the User-Agent say it. */
export const VERSION = '1.0.0';

/** As `engines` in package.json, which npm only warns about. */
export const OLDEST_NODE = '22.22.2';

/** Why a Node of this version (`process.versions.node`) can't run the command line; undefined: it can. */
export function nodeFault(version: string): string | undefined {
  if (version.localeCompare(OLDEST_NODE, 'en', { numeric: true }) >= 0) return undefined;
  return `Node ${version} is too old: it needs Node ${OLDEST_NODE} or newer (see node --version).`;
}
