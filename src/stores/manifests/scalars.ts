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
const NO_NUMBER = /^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$/;

/**
 * A plain scalar's value as Kubernetes reads it. `.inf` and `.nan`, which JSON has no word for, come back as
 * the numbers that they are; the caller refuses them.
 */
export function plainValue(source: string): string | number | boolean | null {
  const word = WORDS.get(source);
  if (word !== undefined) return word;
  if (!/^[-+.0-9]/.test(source)) return source;
  if (NO_NUMBER.test(source))
    return /nan/i.test(source) ? NaN : source.startsWith('-') ? -Infinity : Infinity;
  if (source.startsWith('.')) return FLOAT.test(source) ? Number(source) : source;
  const digits = source.replaceAll('_', '');
  const integer = INTEGER.exec(digits);
  if (integer !== null) {
    const [, sign, hex, binary, octal, decimal] = integer;
    const size =
      hex !== undefined
        ? parseInt(hex, 16)
        : binary !== undefined
          ? parseInt(binary, 2)
          : octal !== undefined
            ? parseInt(octal, 8)
            : Number(decimal);
    return sign === '-' && size !== 0 ? -size : size;
  }
  return FLOAT.test(digits) ? Number(digits) : source;
}

/**
 * A scalar with a tag in front of it: `!!str 20` is text, `!!int "20"` a number. A tag that Kubernetes doesn't
 * know says nothing.
 */
export function taggedValue(tag: string, source: string): string | number | boolean | null {
  switch (tag) {
    case 'tag:yaml.org,2002:int':
    case 'tag:yaml.org,2002:float':
    case 'tag:yaml.org,2002:bool':
    case 'tag:yaml.org,2002:null':
      return plainValue(source);
    case 'tag:yaml.org,2002:binary':
      return Buffer.from(source, 'base64').toString('utf8');
    default:
      return source;
  }
}

function spellings<T>(value: T, ...words: string[]): [string, T][] {
  return words.map((word) => [word, value]);
}
