import type { Cookie as ToughCookie } from "tough-cookie";

/** A cookie, as a server has set it. */
export interface Cookie {
  readonly name: string;
  readonly value: string;
  /** The host, and what is below it unless {@link hostOnly}; empty for a cookie that goes to every host. */
  readonly domain: string;
  readonly path: string;
  /** When it ends; null for a cookie of the session. */
  readonly expires: Date | null;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly sameSite: "strict" | "lax" | "none" | null;
  readonly hostOnly: boolean;
}

/** @internal */
export function toCookie(cookie: ToughCookie): Cookie {
  const expires = cookie.expiryTime();
  return {
    name: cookie.key,
    value: cookie.value,
    domain: cookie.domain ?? "",
    path: cookie.path ?? "/",
    expires: expires === undefined || !Number.isFinite(expires) ? null : new Date(expires),
    secure: cookie.secure,
    httpOnly: cookie.httpOnly,
    sameSite: sameSiteOf(cookie.sameSite),
    hostOnly: cookie.hostOnly ?? cookie.domain === null,
  };
}

function sameSiteOf(value: string | undefined): Cookie["sameSite"] {
  return value === "strict" || value === "lax" || value === "none" ? value : null;
}
