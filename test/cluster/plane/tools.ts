import { join } from 'node:path';
import { homedir } from 'node:os';

/**
 * Pins live where their own ecosystem (and dependabot) looks for them: `tools/<name>/go.mod`, `requirements.txt` or
 * `package-lock.json`.
 */
export const PINS = join(import.meta.dirname, 'tools');

interface Recipe {
  readonly name: ToolName;
  /** The binary, relative to the tool's folder in the cache. */
  readonly binary: string;
}

export interface GoRecipe extends Recipe {
  readonly kind: 'go';
  readonly package: string;
  /** A variable that is to hold the version of a module: a build from a module, not a checkout, does not know its own. */
  readonly stamp?: { readonly module: string; readonly variable: string };
  /** Build tags. */
  readonly tags?: readonly string[];
  /** A file of a module that is needed next to the binary, and the name it gets there. */
  readonly beside?: { readonly module: string; readonly file: string; readonly as: string };
}

export interface PythonRecipe extends Recipe {
  readonly kind: 'python';
}

export interface NpmRecipe extends Recipe {
  readonly kind: 'npm';
  /** A file of the package, Brotli's, which is the binary itself. */
  readonly compressed: string;
  /** Archives of the package, Brotli's, and the folder beside the binary that each is unpacked into. */
  readonly archives: Readonly<Record<string, string>>;
}

export type ToolRecipe = GoRecipe | PythonRecipe | NpmRecipe;

export type ToolName =
  | 'etcd'
  | 'kube-apiserver'
  | 'istiod'
  | 'envoy'
  | 'prometheus'
  | 'kubectl'
  | 'act'
  | 'actionlint'
  | 'zizmor'
  | 'chromium';

/**
 * One Go module per tool: in a shared one, minimal version selection would lift each tool's dependencies to the
 * others' (etcd inside Kubernetes 1.36 is 3.6, the server is 3.7), and a bump of act would rebuild kube-apiserver.
 */
export const TOOLS: Readonly<Record<ToolName, ToolRecipe>> = {
  etcd: { kind: 'go', name: 'etcd', binary: 'etcd', package: 'go.etcd.io/etcd/server/v3' },
  'kube-apiserver': {
    kind: 'go',
    name: 'kube-apiserver',
    binary: 'kube-apiserver',
    package: 'k8s.io/kubernetes/cmd/kube-apiserver',
    // Else `/version` says v0.0.0-master, which no client has seen from a real server.
    stamp: { module: 'k8s.io/kubernetes', variable: 'k8s.io/component-base/version.gitVersion' },
  },
  istiod: {
    kind: 'go',
    name: 'istiod',
    binary: 'istiod',
    package: 'istio.io/istio/pilot/cmd/pilot-discovery',
    beside: {
      module: 'istio.io/istio',
      file: 'manifests/charts/base/files/crd-all.gen.yaml',
      as: 'crds.yaml',
    },
  },
  prometheus: {
    kind: 'go',
    name: 'prometheus',
    binary: 'prometheus',
    package: 'github.com/prometheus/prometheus/cmd/prometheus',
    // Of thirty ways to find targets, the one that is used: the others are most of the time to build.
    tags: ['remove_all_sd', 'enable_kubernetes_sd'],
  },
  // Of the same release as the server, for the commands that the docs give to a reader.
  kubectl: { kind: 'go', name: 'kubectl', binary: 'kubectl', package: 'k8s.io/kubernetes/cmd/kubectl' },
  act: { kind: 'go', name: 'act', binary: 'act', package: 'github.com/nektos/act' },
  actionlint: {
    kind: 'go',
    name: 'actionlint',
    binary: 'actionlint',
    package: 'github.com/rhysd/actionlint/cmd/actionlint',
  },
  // A wheel that carries the official binary; the console script beside it would only exec it through Python.
  envoy: { kind: 'python', name: 'envoy', binary: 'envoy/_bin/envoy' },
  zizmor: { kind: 'python', name: 'zizmor', binary: 'bin/zizmor' },
  // Headless, and made for machines without a desktop: its libraries and fonts come with it.
  chromium: {
    kind: 'npm',
    name: 'chromium',
    binary: 'chromium',
    compressed: '@sparticuz/chromium/bin/chromium.br',
    archives: {
      '@sparticuz/chromium/bin/al2023.tar.br': 'libraries',
      '@sparticuz/chromium/bin/fonts.tar.br': 'fonts',
    },
  },
};

/** What a plane needs to boot; the others are built when a test asks for them. */
export const PLANE_TOOLS = [
  'etcd',
  'kube-apiserver',
  'istiod',
  'envoy',
] as const satisfies readonly ToolName[];

export function isToolName(word: string): word is ToolName {
  return Object.hasOwn(TOOLS, word);
}

export function cacheFolder(): string {
  const own = process.env['ISTIOPS_CACHE'];
  if (own !== undefined && own !== '') return own;
  const xdg = process.env['XDG_CACHE_HOME'];
  return join(xdg !== undefined && xdg !== '' ? xdg : join(homedir(), '.cache'), 'istiops-plane');
}
