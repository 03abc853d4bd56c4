import { field, textIn, withoutFields } from '../../../src/base/json.ts';
import { GATEWAY_API_GROUP } from '../../../src/istio/gateway-api.ts';
import { answers, type Reply } from './answers.ts';
import { RESOURCES, type Objects, type Resource } from './objects.ts';
import type { Recorded, ServerOptions } from './server.ts';

const DRY_RUN_VERBS: Readonly<Record<string, string>> = { PUT: 'update', POST: 'create', DELETE: 'delete' };

/** What a real server would answer. */
export function handle(
  seen: Recorded,
  objects: Objects,
  options: ServerOptions,
  denied: ReadonlySet<string>,
): Reply {
  const strangers = options.users !== undefined || options.tls?.clientCa !== undefined;
  if (strangers && seen.user === null && seen.authorization !== '') return answers.unauthorized;
  const resource = RESOURCES.find(({ plural }) => plural === seen.resource);
  const [, group = '', version = '', namespace = '', name] =
    /^\/(?:api|apis\/([^/]+))\/([^/]+)(?:\/namespaces\/([^/]+))?\/[^/]+(?:\/([^/]+))?$/.exec(seen.path) ?? [];
  const user = seen.impersonated ?? seen.user ?? (strangers ? 'system:anonymous' : 'anyone');
  if (group === 'authentication.k8s.io' || group === 'authorization.k8s.io')
    return reviewOf(seen, user, denied);
  const verb = {
    LIST: 'list',
    'LIST-ALL': 'list',
    GET: 'get',
    PUT: 'update',
    POST: 'create',
    DELETE: 'delete',
    DRYRUN: DRY_RUN_VERBS[seen.method] ?? 'other',
    OTHER: 'other',
  }[seen.verb];
  const gateway = seen.resource === 'gateways' ? options.gateways?.[`${namespace}/${name ?? ''}`] : undefined;
  if (gateway !== undefined) return { status: 200, body: gateway };
  if (resource === undefined || !isServed(group, version, resource.plural, options))
    return answers.unknownPath;
  const isTooMuch = seen.verb === 'LIST-ALL' && options.wholeCluster !== true;
  if (isTooMuch || denied.has(`${verb} ${resource.plural}`) || user === 'system:anonymous') {
    return answers.forbidden(user, verb, resource.plural, group, namespace);
  }
  const apiVersion = group === '' ? version : `${group}/${version}`;
  if (seen.verb === 'LIST' || seen.verb === 'LIST-ALL')
    return listOf(seen, objects, options, resource, apiVersion, namespace);
  if (seen.method === 'POST') {
    const denial = seen.body === null ? 'the body is no object' : options.webhook?.(seen.body);
    if (denial !== undefined) return answers.denied(denial);
    return objects.create(resource, namespace, seen.body ?? {}, seen.verb === 'DRYRUN');
  }
  const found = objects.find(resource.kind, namespace, name ?? '');
  if (found === undefined) return answers.absent(resource.plural, group, name ?? '');
  if (seen.verb === 'GET') return { status: 200, body: { ...found, apiVersion } };
  if (seen.method === 'DELETE')
    return objects.destroy(resource, namespace, name ?? '', seen.body ?? {}, seen.verb === 'DRYRUN');
  if (seen.body === null) return answers.status(400, 'the body is no object');
  const denial = options.webhook?.(seen.body);
  if (denial !== undefined) return answers.denied(denial);
  const outcome = objects.replace(resource, namespace, name ?? '', seen.body, seen.verb === 'DRYRUN');
  if ('status' in outcome) return outcome;
  const headers = warningHeaders(options.warnings);
  return {
    status: 200,
    body: { ...outcome.object, apiVersion },
    ...(headers === undefined ? {} : { headers }),
  };
}

/** What a server says of whoever asks; everybody may ask that. */
function reviewOf({ path, body }: Recorded, user: string, denied: ReadonlySet<string>): Reply {
  if (path === '/apis/authentication.k8s.io/v1/selfsubjectreviews') {
    const userInfo = { username: user, groups: ['system:authenticated'] };
    return { status: 201, body: { ...body, status: { userInfo } } };
  }
  if (path !== '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews') return answers.unknownPath;
  const asked = field(field(body, 'spec'), 'resourceAttributes');
  const parts = [field(asked, 'resource'), field(asked, 'subresource')].map(textIn);
  const resource = parts.filter((part) => part !== '').join('/');
  const allowed = !denied.has(`${textIn(field(asked, 'verb'))} ${resource}`);
  return { status: 201, body: { ...body, status: { allowed } } };
}

function listOf(
  seen: Recorded,
  objects: Objects,
  options: ServerOptions,
  resource: (typeof RESOURCES)[number],
  apiVersion: string,
  namespace: string,
): Reply {
  const all = objects.list(resource.kind, namespace);
  const start = Number(seen.query['continue'] ?? 0);
  const end = start + (options.pageSize ?? Infinity);
  const metadata = {
    resourceVersion: objects.version,
    ...(end < all.length ? { continue: String(end) } : {}),
  };
  // Built-in kinds are listed without apiVersion and kind on each item, custom ones with them.
  const items = all
    .slice(start, end)
    .map((item) =>
      resource.builtIn ? withoutFields(item, ['apiVersion', 'kind']) : { ...item, apiVersion },
    );
  return { status: 200, body: { apiVersion, kind: `${resource.kind}List`, metadata, items } };
}

function isServed(group: string, version: string, resource: Resource, options: ServerOptions): boolean {
  if (group === '') return version === 'v1' && (resource === 'pods' || resource === 'services');
  if (resource === 'serviceentries' && options.serviceEntries === false) return false;
  if (group === GATEWAY_API_GROUP)
    return version === 'v1' && (resource === 'httproutes' || resource === 'grpcroutes');
  const versions: readonly string[] = options.istio ?? ['v1', 'v1beta1'];
  return group === 'networking.istio.io' && versions.includes(version);
}

function warningHeaders(warnings: readonly string[] | undefined): Record<string, string> | undefined {
  if (warnings === undefined) return undefined;
  return { warning: warnings.map((words) => `299 - ${JSON.stringify(words)}`).join(', ') };
}
