import type { RequestScope } from './types.ts';

/** How requests enter the mesh, of what was said about it. */
export function requestScope({
  gateway,
  port,
  sourceLabels,
  sourceNamespace,
}: { readonly [Field in keyof RequestScope]: RequestScope[Field] | undefined }): RequestScope {
  return {
    ...(gateway !== undefined && { gateway }),
    ...(port !== undefined && { port }),
    ...(sourceLabels !== undefined && { sourceLabels }),
    ...(sourceNamespace !== undefined && { sourceNamespace }),
  };
}
