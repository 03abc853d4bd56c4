/**
 * What Kubernetes takes as a label.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
 */
import { quote } from './parsed.ts';

const NAME = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const CHARACTERS = 'only letters, digits, `-`, `_` and `.`, with a letter or digit at both ends';

/** What is wrong with a label's key (`app`, `example.com/app`), or undefined: `IsQualifiedName` of apimachinery. */
export function labelKeyProblem(key: string): string | undefined {
  const parts = key.split('/');
  const name = parts.at(-1) ?? '';
  const prefix = parts.length > 1 ? parts[0] : undefined;
  if (key === '') return 'a label needs a key';
  if (parts.length > 2) return `the label key ${quote(key)} has more than one \`/\``;
  if (prefix !== undefined && (prefix.length > 253 || !SUBDOMAIN.test(prefix))) {
    return `the prefix of the label key ${quote(key)} is no DNS name in lower case of at most 253 characters`;
  }
  if (name.length > 63) return `the label key ${quote(key)} is longer than 63 characters`;
  if (!NAME.test(name)) return `${quote(key)} is no label key: ${CHARACTERS}${hint(key)}`;
  return undefined;
}

/** What is wrong with a label's value, or undefined. An empty one is fine: `IsValidLabelValue` of apimachinery. */
export function labelValueProblem(value: string): string | undefined {
  if (value.length > 63) return `the label value ${quote(value)} is longer than 63 characters`;
  if (value !== '' && !NAME.test(value))
    return `${quote(value)} is no label value: ${CHARACTERS}${hint(value)}`;
  return undefined;
}

/** What is probably meant, where a character says so. */
function hint(text: string): string {
  if (text.includes('$')) return ' (a variable that was not replaced by its value?)';
  if (/^[[{]/.test(text) || /^-\s/.test(text)) return ' (labels are text, not a list of YAML or JSON)';
  if (text.includes('*')) return ' (labels are compared as they are: no wildcards)';
  if (/["'\u2018-\u201f]/.test(text)) return ' (leave out the quotes)';
  if (/[^\x21-\x7e]/.test(text.replaceAll(/[ \t\r\n]/g, '')))
    return ' (it has a character in it that only looks like another, or is not seen)';
  if (/=/.test(text) && /\s/.test(text)) return ' (separate labels by commas)';
  return '';
}
