// A DATABASE_URL with several servers, in the form of libpq, which node-postgres does not know.

export interface Host {
  host: string;
  port: number;
}

/** What the service can live with: it writes. libpq's other words ask for a standby, or for any server. */
const TARGETS = ["read-write", "primary"];
const SEVERAL = /^(postgres(?:ql)?:\/\/(?:[^/]*@)?)([^/?@]*)(.*)$/;
const PORT = 5432;

/** The servers of a URL, and a URL of the first; null for a URL of one. Throws an Error that says what is wrong. */
export function readHosts(url: string): { url: string; hosts: Host[] } | null {
  const [, before = "", authority = "", after = ""] = SEVERAL.exec(url) ?? [];
  const target = /[?&]target_session_attrs=([^&]*)/.exec(after)?.[1];
  if (target !== undefined && !TARGETS.includes(target)) {
    throw new Error(
      `must not ask for target_session_attrs=${target}: the service writes, so it takes read-write`,
    );
  }
  const names = authority.split(",");
  if (names.length === 1) return null;
  const hosts = names.map((name) => {
    const [, host, port] = /^(\[[^\]]+\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(name) ?? [];
    if (host === undefined) throw new Error("must name each of its servers as host:port");
    return { host: host.replace(/^\[|\]$/g, ""), port: port === undefined ? PORT : Number(port) };
  });
  return { url: `${before}${names[0]}${after}`, hosts };
}
