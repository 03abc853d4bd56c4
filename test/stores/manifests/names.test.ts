import { expect, test } from 'vitest';
import { namesOurs } from '../../../src/stores/manifests/names.ts';

test.each([
  ['apiVersion: networking.istio.io/v1\nkind: VirtualService', true],
  ['{"kind": "Virtual\\u0053ervice", "apiVersion": "networking.istio.io\\/v1"}', true],
  ['apiVersion: {{ .Values.api }}\nkind: VirtualService', true],
  ['{{ include "api.VirtualService" . }}', true],
  ['apiVersion: ${{ inputs.api }}\nkind: DestinationRule', true],
  ['apiVersion: $API/v1\nkind: DestinationRule\nname: ${{ inputs.name }}', true],
  ['kind: DestinationRule\napiVersion: v1', false],
  // A workflow.
  [
    'on: push # of a VirtualService\njobs:\n  shift:\n    steps:\n      - run: echo ${{ inputs.build }}',
    false,
  ],
])('%j: %j', (text, expected) => {
  expect(namesOurs(text)).toBe(expected);
});
