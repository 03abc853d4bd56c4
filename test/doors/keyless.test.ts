import { parseAllDocuments } from 'yaml';
import { describe, expect, test } from 'vitest';
import { keyless } from '../../src/doors/keyless.ts';
import type { Words } from '../../src/intent/types.ts';
import { authority } from '../support/api-server/certificates.ts';

function printed(words: Words): { readonly code: number; readonly out: string; readonly err: string } {
  let [out, err] = ['', ''];
  const code = keyless(words, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}

const parsed = (text: string): unknown[] =>
  parseAllDocuments(text).map((document): unknown => document.toJS() as unknown);

const ISSUED = {
  'repository-id': '123456',
  'repository-owner-id': '4711',
  server: 'https://K8S.example:6443/',
};

test('both parts, to the letter', () => {
  const words = { ...ISSUED, environment: 'canary\nproduction', ref: 'refs/heads/main', namespace: 'shop' };
  const { code, out, err } = printed(words);
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatchInlineSnapshot(`
    "# For the API server: the file that its flag --authentication-config names.
    # Kubernetes 1.34 or newer; 1.30 to 1.33 call it apiserver.config.k8s.io/v1beta1.
    apiVersion: apiserver.config.k8s.io/v1
    kind: AuthenticationConfiguration
    jwt:
      - issuer:
          url: https://token.actions.githubusercontent.com
          audiences:
            - https://k8s.example:6443
        claimValidationRules:
          - claim: repository_owner_id
            requiredValue: "4711"
        claimMappings:
          username:
            expression: "'github:' + claims.repository_id + ':' + (has(claims.environment) ? 'environment:' + claims.environment : claims.ref)"
        userValidationRules:
          - expression: "!user.username.startsWith('system:')"
            message: "system: begins the names of users of Kubernetes itself"
    ---
    # For the namespace: kubectl apply --filename -
    # Rights of jobs with the environment canary.
    # Rights of jobs with the environment production.
    # Rights of jobs of refs/heads/main without an environment.
    apiVersion: rbac.authorization.k8s.io/v1
    kind: Role
    metadata:
      name: istiops
      namespace: shop
    rules:
      - apiGroups:
          - networking.istio.io
        resources:
          - virtualservices
          - destinationrules
        verbs:
          - get
          - list
          - update
      - apiGroups:
          - networking.istio.io
        resources:
          - serviceentries
        verbs:
          - list
      - apiGroups:
          - ""
        resources:
          - pods
          - services
        verbs:
          - list
    ---
    apiVersion: rbac.authorization.k8s.io/v1
    kind: RoleBinding
    metadata:
      name: istiops-github-123456
      namespace: shop
    roleRef:
      apiGroup: rbac.authorization.k8s.io
      kind: Role
      name: istiops
    subjects:
      - apiGroup: rbac.authorization.k8s.io
        kind: User
        name: github:123456:environment:canary
      - apiGroup: rbac.authorization.k8s.io
        kind: User
        name: github:123456:environment:production
      - apiGroup: rbac.authorization.k8s.io
        kind: User
        name: github:123456:refs/heads/main
    "
  `);
});

describe('the AuthenticationConfiguration', () => {
  test('without the owner: this repository alone', () => {
    const { out } = printed({ 'repository-id': '123456', audience: 'kube', only: 'authentication' });
    expect(parsed(out)).toMatchObject([
      {
        jwt: [
          {
            issuer: { url: 'https://token.actions.githubusercontent.com', audiences: ['kube'] },
            claimValidationRules: [{ claim: 'repository_id', requiredValue: '123456' }],
          },
        ],
      },
    ]);
    expect(out).toContain('# It lets in this repository alone.');
  });

  test('of another issuer, with its certificate authority', () => {
    const ca = authority().cert;
    const issuer = 'https://github.example/_services/token';
    const { out } = printed({ ...ISSUED, issuer, 'issuer-ca': ca, only: 'authentication' });
    expect(parsed(out)).toMatchObject([{ jwt: [{ issuer: { url: issuer, certificateAuthority: ca } }] }]);
  });

  test('without server and audience: nobody is let in, and it says what to replace', () => {
    const { code, out } = printed({ 'repository-id': '123456' });
    expect(code).toBe(0);
    expect(out).toContain('# Replace the audience by the input server of your steps');
    expect(out).toContain('- https://REPLACE-BY-THE-SERVER-OF-YOUR-STEPS\n');
  });
});

describe('the RoleBinding', () => {
  const subjects = (words: Words): readonly string[] => {
    const [, binding] = parsed(printed({ ...ISSUED, ...words, only: 'authorization' }).out);
    return (binding as { subjects: { name: string }[] }).subjects.map(({ name }) => name);
  };

  test.each([
    [{}, ['github:123456:refs/heads/main']],
    [{ environment: 'canary' }, ['github:123456:environment:canary']],
    [{ ref: 'refs/tags/v1' }, ['github:123456:refs/tags/v1']],
    [
      { environment: 'a: b', ref: 'refs/heads/main' },
      ['github:123456:environment:a: b', 'github:123456:refs/heads/main'],
    ],
  ])('of %j', (words, names) => {
    expect(subjects(words)).toEqual(names);
  });

  test('has a name of its own for each repository, and rights to create where asked for', () => {
    const [role, binding] = parsed(
      printed({ ...ISSUED, only: 'authorization', 'create-destination-rule': 'true' }).out,
    );
    expect(binding).toMatchObject({ metadata: { name: 'istiops-github-123456', namespace: 'default' } });
    expect(JSON.stringify(role)).toContain('"create","delete"');
  });
});

test('words that can not be used, all at once', () => {
  const { code, out, err } = printed({ 'repository-id': 'shop/api', ref: 'main', server: 'k8s.example' });
  expect([code, out]).toEqual([2, '']);
  expect(err).toMatch(/^istiops: 3 flags can't be used \(--repository-id, --ref, --server\)/);
  expect(printed({}).err).toContain('--repository-id: not given\n  problem:  it is required');
  expect(printed({ ...ISSUED, 'issuer-ca': '/no/such' }).err).toContain(
    "The file /no/such, which --issuer-ca names, can't be read (ENOENT)",
  );
});
