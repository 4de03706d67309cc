import { generate } from "selfsigned";

export interface Certificates {
  readonly certificate: string;
  readonly key: string;
}

let made: Promise<Certificates> | null = null;

/** A certificate for 127.0.0.1 that signs itself, made once in a process. */
export function loopbackCertificate(): Promise<Certificates> {
  made ??= generate([{ name: "commonName", value: "127.0.0.1" }], {
    keyType: "ec",
    notAfterDate: new Date(Date.now() + 3_650 * 86_400_000),
    extensions: [
      { name: "basicConstraints", cA: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: 7, ip: "127.0.0.1" },
          { type: 2, value: "localhost" },
        ],
      },
    ],
  }).then(({ cert, private: key }) => ({ certificate: cert, key }));
  return made;
}
