/**
 * What a plain (unquoted) scalar means. kubectl, Argo CD and Flux read YAML with go-yaml v2
 * (`sigs.k8s.io/yaml`), which is neither YAML 1.1 nor 1.2: `on` and `yes` are true, `020` is 16, `1_000` is
 * 1000, but `190:20:30` is text. Read otherwise, `build: on` would look like a fine label here and be refused
 * by the cluster.
 *
 * @see https://github.com/kubernetes-sigs/yaml/blob/master/goyaml.v2/resolve.go
 */
const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ...spellings(true, 'y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'),
  ...spellings(false, 'n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'),
  ...spellings(null, '', '~', 'null', 'Null', 'NULL'),
]);

const INTEGER = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|([1-9][0-9]*|0))$/;
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
/** What begins with a point is read as Go's own literals are: with an underscore between two digits, but not elsewhere. */
const POINT_FIRST = /^\.[0-9]+(_[0-9]+)*([eE][-+]?[0-9]+(_[0-9]+)*)?$/;
const NO_NUMBER = /^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$/;

const LARGEST_UNSIGNED = 2n ** 64n - 1n;
const LARGEST_NEGATIVE = 2n ** 63n;

/**
 * A plain scalar's value as Kubernetes reads it. `.inf` and `.nan`, which JSON has no word for, come back as
 * the numbers that they are; the caller refuses them. What no 64 bits hold is text, as is a number of Git's
 * (`123e456`): go-yaml reads as a number only what `strconv` reads without an error.
 */
export function plainValue(source: string): string | number | boolean | null {
  const word = WORDS.get(source);
  if (word !== undefined) return word;
  if (!/^[-+.0-9]/.test(source)) return source;
  if (NO_NUMBER.test(source))
    return /nan/i.test(source) ? NaN : source.startsWith('-') ? -Infinity : Infinity;
  if (source.startsWith('.')) return POINT_FIRST.test(source) ? float(source) : source;
  const digits = source.replaceAll('_', '');
  return integer(digits) ?? (FLOAT.test(digits) ? float(source) : source);
}

/** Undefined where it is no integer, or one that 64 bits don't hold: it may still be a float. */
function integer(digits: string): number | undefined {
  const read = INTEGER.exec(digits);
  if (read === null) return undefined;
  const [, sign = '', hex, binary, octal, decimal = ''] = read;
  const size = BigInt(
    hex !== undefined
      ? `0x${hex}`
      : binary !== undefined
        ? `0b${binary}`
        : octal !== undefined
          ? `0o${octal}`
          : decimal,
  );
  if (size > (sign === '-' ? LARGEST_NEGATIVE : LARGEST_UNSIGNED)) return undefined;
  // Go's ParseUint accepts no sign.
  if (sign === '+' && size >= LARGEST_NEGATIVE) return undefined;
  return sign === '-' && size !== 0n ? -Number(size) : Number(size);
}

/** One that overflows is an error to `strconv.ParseFloat`, and so text. */
function float(source: string): number | string {
  const value = Number(source.replaceAll('_', ''));
  return Number.isFinite(value) ? value : source;
}

/**
 * Must a plain text be in quotes inside brackets? YAML takes `{a: /b?c}`; go-yaml v2 ends a text at a `?` there, and
 * begins none with a `:`.
 *
 * @see https://github.com/yaml/go-yaml/blob/v2.4.2/scannerc.go (yaml_parser_scan_plain_scalar)
 */
export function isRefusedInFlow(source: string): boolean {
  return source.startsWith(':') || source.includes('?');
}

/** What `!!` stands for. */
const LONG_TAG = 'tag:yaml.org,2002:';

/** A tag as people write it: `!!int`. */
export function tagName(tag = ''): string {
  return tag.replace(LONG_TAG, '!!');
}

/** What is left out: null, or, behind a tag, an empty text. Undefined as for {@link taggedValue}. */
export function emptyValue(tag: string | undefined): string | null | undefined {
  if (tag === undefined || tag === `${LONG_TAG}null`) return null;
  return NEVER_EMPTY.has(tag) ? undefined : '';
}

const NEVER_EMPTY: ReadonlySet<string> = new Set(
  ['int', 'float', 'bool', 'timestamp'].map((kind) => LONG_TAG + kind),
);

/**
 * A scalar with a tag in front of it: `!!str 20` is text, `!!int "20"` a number. A tag that Kubernetes doesn't
 * know says nothing. Undefined: it is not what its tag says, which Kubernetes refuses.
 */
export function taggedValue(tag: string, source: string): string | number | boolean | null | undefined {
  const kind = tag.startsWith(LONG_TAG) ? tag.slice(LONG_TAG.length) : '';
  if (kind === 'binary') {
    const isBase64 = /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(
      source.replaceAll(/[\r\n]/g, ''),
    );
    return isBase64 ? Buffer.from(source, 'base64').toString('utf8') : undefined;
  }
  if (kind === 'timestamp') return /^\d{4}-\d{1,2}-\d{1,2}/.test(source) ? source : undefined;
  if (!['int', 'float', 'bool', 'null'].includes(kind)) return source;
  const value = plainValue(source);
  if (value === null) return kind === 'null' ? value : undefined;
  if (typeof value === 'boolean') return kind === 'bool' ? value : undefined;
  if (typeof value === 'string') return undefined;
  if (kind === 'float') return value;
  return kind === 'int' && integer(source.replaceAll('_', '')) !== undefined ? value : undefined;
}

function spellings<T>(value: T, ...words: string[]): [string, T][] {
  return words.map((word) => [word, value]);
}
