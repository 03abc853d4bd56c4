/** A DestinationRule as a document of its own: put behind the VirtualService's, and taken out again. */
import { TrafficError } from '../../base/errors.ts';
import { sameJson } from '../../base/json.ts';
import { resolveHost } from '../../istio/hosts.ts';
import { destinationsOf, routesOf } from '../../istio/routes.ts';
import type { DestinationRule } from '../../istio/types.ts';
import { toYaml } from '../../plan/object-yaml.ts';
import { parse, styleOfTree, type Style } from '../../yaml/index.ts';
import type { Manifest, ManifestDocument } from './documents.ts';
import { objectsIn } from './objects.ts';
import { objectsOf, type Located, type Manifests } from './places.ts';
import { isVirtualService } from '../../istio/kinds.ts';

/** A file before and after one of its documents came or went. */
export interface FileChange {
  readonly before: Manifest;
  readonly after: Manifest;
}

/**
 * The file of the first VirtualService that sends to the rule's host (one with the rule's labels, where there is such),
 * with the rule in a document behind it, in its style.
 *
 * @param defaultNamespace of documents that name none
 * @throws TrafficError rejected where the file can't have another document there
 */
export function withRule(manifests: Manifests, rule: DestinationRule, defaultNamespace: string): FileChange {
  const beside = virtualServiceFor(manifests, rule);
  if (beside === undefined) {
    throw new TrafficError('internal', `No file has a VirtualService that sends to ${rule.spec.host}.`);
  }
  const { manifest, document, tree } = beside;
  const at = manifest.documents.indexOf(document);
  const next = manifest.documents[at + 1];
  // Among JSON objects one after the other, a document in YAML makes the file unreadable.
  const isInStream = (next !== undefined && !hasMark(next)) || (at > 0 && !hasMark(document));
  const isOnlyOne = /\.json$/i.test(manifest.path) || isInStream;
  const style = styleOfTree(tree);
  const isEnded = document.text === '' || document.text.endsWith('\n');
  const text = `---\n${ruleText(beside, rule, style)}${isEnded ? '\n' : ''}`.replaceAll('\n', style.eol);
  const above = isEnded ? document : reread(document, document.text + style.eol, defaultNamespace);
  const made = reread({ mark: '', text: '', tree: null, found: [] }, text, defaultNamespace);
  const isRead = made?.found.length === 1 && sameJson(made.found[0]?.object, rule);
  if (isOnlyOne || above === undefined || made === undefined || !isRead) {
    throw new TrafficError(
      'rejected',
      `The DestinationRule can't be added to ${manifest.label} as a document of its own, so nothing was written. Add a file with one, and run again:\n\n${toYaml(asGiven(rule))}`,
    );
  }
  return {
    before: manifest,
    after: { ...manifest, documents: manifest.documents.toSpliced(at, 1, above, made) },
  };
}

/**
 * The file without a rule's document: byte for byte as it was before it came.
 *
 * @returns undefined where the document holds more than the rule: another object, a comment
 */
export function withoutRule(
  { manifest, document, found }: Located,
  defaultNamespace: string,
): FileChange | undefined {
  if (found.path.length > 0 || !/^---[ \t]*\r?\n/.test(document.text) || /(^|\s)#/m.test(document.text))
    return undefined;
  const at = manifest.documents.indexOf(document);
  const above = manifest.documents[at - 1];
  if (above === undefined) return undefined;
  const isUnended = at === manifest.documents.length - 1 && !document.text.endsWith('\n');
  const left = isUnended ? reread(above, above.text.replace(/\r?\n$/, ''), defaultNamespace) : above;
  if (left === undefined) return undefined;
  return {
    before: manifest,
    after: { ...manifest, documents: manifest.documents.toSpliced(at - 1, 2, left) },
  };
}

/** As a person would write it: neither with subsets, which the change adds, nor signed as made by istiops. */
function asGiven({
  metadata: { annotations: _, ...metadata },
  spec,
  ...rule
}: DestinationRule): DestinationRule {
  return { ...rule, metadata, spec: { host: spec.host } };
}

function virtualServiceFor(manifests: Manifests, rule: DestinationRule): Located | undefined {
  const { namespace, labels = {} } = rule.metadata;
  const sending = objectsOf(manifests).filter(
    ({ found: { object } }) =>
      isVirtualService(object) &&
      object.metadata.namespace === namespace &&
      routesOf(object).some(({ route }) =>
        destinationsOf(route).some(
          ({ destination }) => resolveHost(destination.host, namespace) === rule.spec.host,
        ),
      ),
  );
  const isAlike = ({ found: { object } }: Located): boolean =>
    Object.entries(labels).every(([key, value]) => object.metadata.labels?.[key] === value);
  return sending.find(isAlike) ?? sending[0];
}

/** Does it begin with `---`, maybe below comments? Behind `...` it need not. */
function hasMark({ text }: ManifestDocument): boolean {
  return /^([ \t]*([#%].*)?\r?\n)*---(\s|$)/.test(text);
}

function ruleText({ found }: Located, rule: DestinationRule, style: Style): string {
  const { namespace, ...metadata } = rule.metadata;
  const { metadata: beside } = found.raw;
  const hasNamespace = typeof beside === 'object' && beside !== null && 'namespace' in beside;
  const { name, ...others } = metadata;
  const written = { name, ...(hasNamespace && { namespace }), ...others };
  return toYaml({ ...rule, metadata: written }, style);
}

/** The document with another text; undefined where that does not read as the same objects. */
function reread(
  document: ManifestDocument,
  text: string,
  defaultNamespace: string,
): ManifestDocument | undefined {
  if (document.tree === null && document.text !== '') return { ...document, text };
  const parsed = parse(text);
  if (!parsed.ok) return undefined;
  const { found } = objectsIn(parsed.tree, defaultNamespace);
  const isSame = document.found.every((one) => found.some(({ object }) => sameJson(object, one.object)));
  const kept =
    document.text === ''
      ? found
      : found.filter(({ path }) => document.found.some((one) => sameJson(one.path, path)));
  return isSame ? { ...document, text, tree: parsed.tree, found: kept } : undefined;
}
