/**
 * The shape of a VirtualService or a DestinationRule, as far as we read it. A cluster's schema refuses what is
 * listed here, but nobody has asked it yet about a manifest, and a plan made from a `match` that is no list
 * would go wrong in ways that nobody could trace back to the file.
 *
 * @see https://github.com/istio/api/blob/master/kubernetes/customresourcedefinitions.gen.yaml
 */
import { isObject } from '../base/json.ts';

export interface ShapeFault {
  /** Keys and list positions from the object's root: `['spec', 'http', 0, 'route']`. */
  readonly path: readonly (string | number)[];
  /** Says the field and what it must be: `spec.http[0].route must be a list, not text ("api")`. */
  readonly message: string;
}

/** Checks one value at one path; what is absent is fine unless the check is `required`. */
type ShapeCheck = (value: unknown, path: ShapeFault['path'], faults: ShapeFault[]) => void;

/**
 * Where an object is not what its kind must be: wrong types, missing names and hosts, numbers out of range.
 * Empty: fine, and safe to read as {@link VirtualService} or {@link DestinationRule} once a `null` in its metadata
 * is taken as absent. Unknown fields are not looked at. Never throws.
 *
 * @example
 * shapeFaults({ kind: 'DestinationRule', metadata: { name: 'api' }, spec: {} })
 * // [{ path: ['spec', 'host'], message: 'spec.host is missing' }]
 */
export function shapeFaults(object: unknown): ShapeFault[] {
  const faults: ShapeFault[] = [];
  const kind = isObject(object) ? object['kind'] : undefined;
  const spec = kind === 'DestinationRule' ? destinationRuleSpec : virtualServiceSpec;
  fields({ metadata: required(metadata), spec: required(spec) })(object, [], faults);
  return faults;
}

/** `spec.http[0].match[1]`, as people write it. */
export function pathText(path: ShapeFault['path']): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    if (!/^[A-Za-z_][\w-]*$/.test(step)) return `${text}[${JSON.stringify(step)}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}

const text: ShapeCheck = (value, path, faults) => {
  if (typeof value === 'string') return;
  const scalar = typeof value === 'number' || typeof value === 'boolean';
  fault(faults, path, `must be text, not ${valueWords(value)}${scalar ? ': write it in quotes' : ''}`);
};

const filled: ShapeCheck = (value, path, faults) => {
  if (value === '') fault(faults, path, 'is empty');
  else text(value, path, faults);
};

const flag: ShapeCheck = (value, path, faults) => {
  if (typeof value !== 'boolean') fault(faults, path, `must be true or false, not ${valueWords(value)}`);
};

/**
 * Names of objects: a DNS subdomain. Also what tells a chart's template that happens to be YAML
 * (`name: "{{ .Values.name }}"`) from a manifest.
 */
const objectName: ShapeCheck = (value, path, faults) => {
  if (typeof value !== 'string') text(value, path, faults);
  else if (
    value.length > 253 ||
    !/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(value)
  )
    fault(
      faults,
      path,
      `must be a name of lower-case letters, digits, "-" and ".", not ${valueWords(value)}`,
    );
};

function integer(least: number, most: number): ShapeCheck {
  return (value, path, faults) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return;
    fault(faults, path, `must be a whole number from ${least} to ${most}, not ${valueWords(value)}`);
  };
}

function list(each: ShapeCheck): ShapeCheck {
  return (value, path, faults) => {
    if (Array.isArray(value))
      value.forEach((item, index) => {
        each(item, [...path, index], faults);
      });
    else fault(faults, path, `must be a list, not ${valueWords(value)}`);
  };
}

function fields(checks: Readonly<Record<string, ShapeCheck & { readonly required?: boolean }>>): ShapeCheck {
  return (value, path, faults) => {
    if (!isObject(value)) {
      fault(faults, path, `must be an object with fields, not ${valueWords(value)}`);
      return;
    }
    for (const [key, check] of Object.entries(checks)) {
      const at = [...path, key];
      if (value[key] !== undefined) check(value[key], at, faults);
      else if (check.required === true) fault(faults, at, 'is missing');
    }
  };
}

function mapOf(each: ShapeCheck): ShapeCheck {
  return (value, path, faults) => {
    if (!isObject(value)) fault(faults, path, `must be an object with fields, not ${valueWords(value)}`);
    else for (const [key, item] of Object.entries(value)) each(item, [...path, key], faults);
  };
}

function required(check: ShapeCheck): ShapeCheck & { readonly required: true } {
  return Object.assign<ShapeCheck, { readonly required: true }>(
    (...args) => {
      check(...args);
    },
    { required: true },
  );
}

function fault(faults: ShapeFault[], path: ShapeFault['path'], problem: string): void {
  faults.push({ path, message: `${path.length === 0 ? 'the object' : pathText(path)} ${problem}` });
}

function valueWords(value: unknown): string {
  if (value === null) return 'nothing (null)';
  if (Array.isArray(value)) return 'a list';
  if (isObject(value)) return 'an object';
  if (typeof value === 'string')
    return `text (${JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)})`;
  return JSON.stringify(value);
}

/** Kubernetes decodes `null` in its own fields (`annotations:` with nothing below) as if they were absent. */
function nullable(check: ShapeCheck): ShapeCheck {
  return (value, path, faults) => {
    if (value !== null) check(value, path, faults);
  };
}

const texts = mapOf(text);
const port = integer(1, 65535);
/** In proto3 a port 0 of a match is no port, and Istio's webhook accepts it. */
const matchPort = integer(0, 65535);
const anyObject = fields({});

const metadata = fields({
  name: required(objectName),
  namespace: nullable(text),
  labels: nullable(texts),
  annotations: nullable(texts),
});

const KINDS_OF_MATCH = ['exact', 'prefix', 'regex'] as const;

const stringMatch: ShapeCheck = (value, path, faults) => {
  fields({ exact: text, prefix: text, regex: text })(value, path, faults);
  if (!isObject(value)) return;
  const given = KINDS_OF_MATCH.filter((kind) => value[kind] !== undefined);
  if (given.length > 1) fault(faults, path, `has ${given.join(' and ')}: only one of them is allowed`);
};

const match = fields({
  uri: stringMatch,
  scheme: stringMatch,
  method: stringMatch,
  authority: stringMatch,
  headers: mapOf(stringMatch),
  withoutHeaders: mapOf(stringMatch),
  queryParams: mapOf(stringMatch),
  ignoreUriCase: flag,
  port: matchPort,
  gateways: list(text),
  sourceLabels: texts,
  sourceNamespace: text,
  sniHosts: list(text),
  destinationSubnets: list(text),
  sourceSubnet: text,
});

const destination = fields({ host: required(filled), subset: text, port: fields({ number: port }) });

const route = fields({
  name: text,
  match: list(match),
  // `int32` in Istio's API, and its webhook refuses what is below 0.
  route: list(fields({ destination: required(destination), weight: integer(0, 2 ** 31 - 1) })),
  redirect: anyObject,
  directResponse: anyObject,
  delegate: anyObject,
  rewrite: anyObject,
  headers: anyObject,
});

const virtualServiceSpec = fields({
  hosts: list(text),
  gateways: list(text),
  exportTo: list(text),
  http: list(route),
  tls: list(route),
  tcp: list(route),
});

const destinationRuleSpec = fields({
  host: required(filled),
  exportTo: list(text),
  subsets: list(fields({ name: required(filled), labels: texts })),
});
