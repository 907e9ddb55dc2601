// The load: so many connections, each asking again as soon as it was answered.
import http from "node:http";
import type { Request } from "./operations";

export interface Reply {
  status: number;
  body: Buffer;
  headers: http.IncomingHttpHeaders;
}

/** A client with `connections` connections that are kept open. */
export class Load {
  private readonly agent: http.Agent;

  constructor(
    private readonly url: string,
    private readonly connections: number,
  ) {
    this.agent = new http.Agent({ keepAlive: true, maxSockets: connections, noDelay: true });
  }

  ask({ method, path, headers, body }: Request): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const request = http.request(
        this.url + path,
        {
          method,
          agent: this.agent,
          headers: body ? { ...headers, "content-length": Buffer.byteLength(body) } : headers,
        },
        (response) => {
          const pieces: Buffer[] = [];
          response.on("data", (piece: Buffer) => pieces.push(piece));
          response.on("end", () =>
            resolve({
              status: response.statusCode ?? 0,
              body: Buffer.concat(pieces),
              headers: response.headers,
            }),
          );
          response.on("error", reject);
        },
      );
      // While others were measured, the server may have closed a connection that was kept for it.
      request.on("error", (error: NodeJS.ErrnoException) =>
        request.reusedSocket && error.code === "ECONNRESET"
          ? resolve(this.ask({ method, path, headers, body }))
          : reject(error),
      );
      request.end(body);
    });
  }

  /** Asks for so many milliseconds, everything `next` gives; answers milliseconds taken by each, and the bytes of one. */
  async run(forMs: number, next: () => Request): Promise<{ latencies: number[]; bytes: number }> {
    const until = performance.now() + forMs;
    const latencies: number[] = [];
    let bytes = 0;
    const connection = async (): Promise<void> => {
      while (performance.now() < until) {
        const request = next();
        const began = performance.now();
        const { status, body } = await this.ask(request);
        if (status >= 300 && status !== 304)
          throw new Error(
            `${request.method} ${request.path} answered ${status}: ${body.toString().slice(0, 400)}`,
          );
        if (body.includes('{"errors":')) throw new Error(`${request.body}: ${body.toString().slice(0, 400)}`);
        latencies.push(performance.now() - began);
        bytes = body.length;
      }
    };
    await Promise.all(Array.from({ length: this.connections }, connection));
    return { latencies, bytes };
  }

  close(): void {
    this.agent.destroy();
  }
}
