// Debian's nginx with the configuration of deploy/nginx.conf, on free ports.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "./pooler";

const PROGRAM = "/usr/sbin/nginx";
const TEMPORARY = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];

export const hasNginx = (): boolean => existsSync(PROGRAM);

export interface Nginx {
  url: string;
  /** By TLS, with a certificate that nobody vouches for. */
  tlsUrl: string;
  stop(): Promise<void>;
}

/** In front of two instances. */
export async function startNginx(instances: [string, string]): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-nginx-"));
  const [port, tlsPort] = [await freePort(), await freePort()];
  const given = readFileSync(resolve(__dirname, "../../deploy/nginx.conf"), "utf8");
  const server = given
    .replace("127.0.0.1:4000", new URL(instances[0]).host)
    .replace("127.0.0.1:4001", new URL(instances[1]).host)
    .replace("listen 8080", `listen 127.0.0.1:${port}`)
    .replace("/etc/nginx/tidemark-tls*.conf", `${folder}/tidemark-tls*.conf`);
  makeCertificate(folder);
  const tls = readFileSync(resolve(__dirname, "../../deploy/nginx-tls.conf"), "utf8")
    .replace("listen 443", `listen 127.0.0.1:${tlsPort}`)
    .replaceAll("/etc/nginx/tls/", `${folder}/`);
  writeFileSync(join(folder, "tidemark-tls.conf"), tls);
  writeFileSync(
    join(folder, "nginx.conf"),
    `${process.getuid?.() === 0 ? "user root;" : ""}
pid ${folder}/pid;
error_log ${folder}/error.log;
events {}
http {
access_log off;
${TEMPORARY.map((what) => `${what}_temp_path ${folder}/${what};`).join("\n")}
${server}
}`,
  );
  const words = ["-p", folder, "-c", join(folder, "nginx.conf"), "-g", "daemon off;"];
  const child = spawn(PROGRAM, words, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (piece: string) => (said += piece));
  for (; !(await listens(port)); await sleep(20)) {
    if (child.exitCode !== null) throw new Error(`nginx ended.\n${said}`);
  }
  return {
    url: `http://127.0.0.1:${port}`,
    tlsUrl: `https://127.0.0.1:${tlsPort}`,
    stop: async () => {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function makeCertificate(folder: string): void {
  const words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=tidemark.test"];
  const files = ["-keyout", join(folder, "privkey.pem"), "-out", join(folder, "fullchain.pem")];
  const { status, stderr } = spawnSync("openssl", [...words, ...files], { encoding: "utf8" });
  if (status !== 0) throw new Error(`openssl made no certificate.\n${stderr}`);
}

function listens(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = net.connect(port, "127.0.0.1", () => done(true));
    socket.on("error", () => done(false)).on("connect", () => socket.destroy());
  });
}
