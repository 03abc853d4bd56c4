import { BlockList, isIP } from 'node:net';

type ProxyEnvironment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that a server is to be reached through, by the environment's `HTTPS_PROXY`, `HTTP_PROXY` and
 * `NO_PROXY` (or in lower case), as kubectl and curl read them; undefined: none. The client honours a
 * kubeconfig's `proxy-url` alone, so this is filled in there.
 *
 * @example proxyFor(new URL('https://k8s.corp:6443'), { HTTPS_PROXY: 'proxy:3128' }) // 'http://proxy:3128'
 * @see https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config
 */
export function proxyFor(server: URL, env: ProxyEnvironment): string | undefined {
  const name = server.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = variable(env, name);
  if (proxy === undefined || isExempt(server, variable(env, 'NO_PROXY') ?? '')) return undefined;
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
  // A proxy elsewhere would look for this machine's own addresses on itself (Go leaves them out for that
  // reason: a kind cluster behind a corporate proxy). One on this machine reaches what we reach.
  if (isLoopback(server.hostname) && URL.canParse(url) && !isLoopback(new URL(url).hostname))
    return undefined;
  return url;
}

function variable(env: ProxyEnvironment, name: string): string | undefined {
  return [env[name], env[name.toLowerCase()]].map((value) => value?.trim()).find((value) => value);
}

/** Does `NO_PROXY` name the server: `*`, a host, a domain with all below it, an address, a range, `:port` besides? */
function isExempt(server: URL, list: string): boolean {
  const host = bareHost(server.hostname);
  const port = server.port || (server.protocol === 'https:' ? '443' : '80');
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => names(entry.toLowerCase(), host, port));
}

function names(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return inRange(entry, host);
  if (isIP(entry) !== 0) return inRange(`${entry}/${isIP(entry) === 6 ? 128 : 32}`, host);
  const [, bracketed, plain = '', wantedPort] = /^(?:\[(.+)\]|(.+?))(?::(\d+))?$/.exec(entry) ?? [];
  const name = bracketed ?? plain;
  if (wantedPort !== undefined && wantedPort !== port) return false;
  if (isIP(name) !== 0) return names(name, host, port);
  if (/^\*?\./.test(name)) return host.endsWith(name.replace(/^\*/, ''));
  return host === name || host.endsWith(`.${name}`);
}

function inRange(range: string, host: string): boolean {
  const [network = '', prefix = ''] = range.split('/');
  const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
  const bits = Number(prefix);
  if (isIP(network) === 0 || isIP(host) === 0 || !/^\d{1,3}$/.test(prefix)) return false;
  if (bits > (family === 'ipv6' ? 128 : 32)) return false;
  const block = new BlockList();
  block.addSubnet(network, bits, family);
  return block.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4');
}

function isLoopback(hostname: string): boolean {
  const host = bareHost(hostname);
  return (
    host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127(\.\d+){3}$/.test(host)
  );
}

function bareHost(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
}
