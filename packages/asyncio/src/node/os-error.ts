import {
  BrokenPipeError,
  ConnectionAbortedError,
  ConnectionRefusedError,
  ConnectionResetError,
  FileExistsError,
  FileNotFoundError,
  GaiError,
  OSError,
  type OSErrorDetails,
  PermissionError,
  ProcessLookupError,
  SSLCertVerificationError,
  SSLError,
} from "../core/errors.ts";

type ErrorClass = new (message: string, details: OSErrorDetails) => OSError;

const classes: Readonly<Record<string, ErrorClass>> = {
  EACCES: PermissionError,
  EPERM: PermissionError,
  ECONNABORTED: ConnectionAbortedError,
  ECONNREFUSED: ConnectionRefusedError,
  ECONNRESET: ConnectionResetError,
  EPIPE: BrokenPipeError,
  ESHUTDOWN: BrokenPipeError,
  EEXIST: FileExistsError,
  ENOENT: FileNotFoundError,
  ESRCH: ProcessLookupError,
  ENOTFOUND: GaiError,
};

/** The codes of OpenSSL's certificate verification, as Node names them: CERT_HAS_EXPIRED, DEPTH_ZERO_SELF_SIGNED_CERT. */
const CERTIFICATE =
  /^(CERT_|CRL_|ERROR_IN_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA$|INVALID_PURPOSE$|HOSTNAME_MISMATCH$|PATH_LENGTH_)/;

/** An error of Node as asyncio's class for it, with the original as its cause; errors of other kinds stay as they are. */
export function osError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof OSError) return error;
  const { code, errno, syscall } = error as NodeJS.ErrnoException;
  const found = code === undefined ? undefined : classFor(code, syscall);
  if (found === undefined) return error;
  return new found(error.message, { code, errno, syscall, cause: error });
}

function classFor(code: string, syscall: string | undefined): ErrorClass | undefined {
  if (Object.hasOwn(classes, code)) return classes[code];
  if (code.startsWith("EAI_")) return GaiError;
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID" || CERTIFICATE.test(code)) return SSLCertVerificationError;
  if (code === "EPROTO" || /^ERR_O?SSL_/.test(code) || code.startsWith("ERR_TLS_")) return SSLError;
  return syscall === undefined ? undefined : OSError;
}
