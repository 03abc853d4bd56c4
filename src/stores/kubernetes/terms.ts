/** What messages call the settings by which a server is reached: those of a kubeconfig, or inputs. */
export interface AccessTerms {
  /** `the kubeconfig's server` */
  readonly server: string;
  /** `the server's address in the kubeconfig` */
  readonly address: string;
  /** The server's address and what makes its certificate trusted. */
  readonly trust: string;
  /** Ends `its certificate comes from an authority that …`. */
  readonly untrusted: string;
  /** Whose name the server's certificate must be for. */
  readonly certificateName: string;
  /** What says which proxy is used. */
  readonly proxy: string;
  /** The server's address and the credentials. */
  readonly access: string;
}

export const KUBECONFIG_TERMS: AccessTerms = {
  server: "the kubeconfig's server",
  address: "the server's address in the kubeconfig",
  trust: 'the server and certificate-authority-data of the kubeconfig',
  untrusted: 'the kubeconfig does not trust',
  certificateName: "the kubeconfig's server, or its tls-server-name",
  proxy: 'proxy-url in the kubeconfig, HTTPS_PROXY and NO_PROXY',
  access: "the server's address and the user's credentials in the kubeconfig",
};

/** @param isAuthorityGiven by the input `certificate-authority` */
export function keylessTerms(isAuthorityGiven: boolean): AccessTerms {
  return {
    server: '`server`',
    address: '`server`',
    trust: '`server` and `certificate-authority`',
    untrusted: isAuthorityGiven ? '`certificate-authority` does not have' : 'this machine does not trust',
    certificateName: '`server`',
    proxy: 'HTTPS_PROXY and NO_PROXY',
    access: '`server`',
  };
}
