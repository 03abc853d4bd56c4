/** Under which terms the packages in the bundle are passed on. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The text of licenses.txt: for each package its name and version, the license's name, and the files that it demands
 * to be passed on.
 *
 * @throws Error where a package has no such file
 */
export function licensesText(packages: ReadonlyMap<string, string>): string {
  return [...packages]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, folder]) => {
      const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        readonly version: string;
        readonly license: string;
      };
      const files = readdirSync(folder)
        .filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
        .sort();
      if (files.length === 0) throw new Error(`${name} has no file with its license (${folder}).`);
      const texts = files.map((file) =>
        readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim(),
      );
      return `${name} ${version}\n${license}\n\n${texts.join('\n\n')}\n`;
    })
    .join('\n\n');
}
