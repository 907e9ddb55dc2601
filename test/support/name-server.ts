// A name server of a test's own: it answers each name with what it is told, each time anew.
import { createSocket, type Socket } from "node:dgram";
import dns from "node:dns";
import { once } from "node:events";

const TYPE_A = 1;

/** The service in this process asks it, until it is closed. */
export class NameServer {
  readonly asked: string[] = [];
  private readonly before = dns.getServers();

  private constructor(
    private readonly socket: Socket,
    private readonly answer: (name: string, nth: number) => readonly string[],
  ) {}

  /** Addresses of IPv4 for a name, by how often it was asked for; none: there is no such name. */
  static async open(answer: (name: string, nth: number) => readonly string[]): Promise<NameServer> {
    const socket = createSocket("udp4");
    const server = new NameServer(socket, answer);
    socket.on("message", (question, from) => socket.send(server.reply(question), from.port, from.address));
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    dns.setServers([`127.0.0.1:${socket.address().port}`]);
    return server;
  }

  close(): void {
    dns.setServers(this.before);
    this.socket.close();
  }

  private reply(question: Buffer): Buffer {
    const labels: string[] = [];
    let at = 12;
    for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
      labels.push(question.toString("latin1", at + 1, at + 1 + length));
      at += 1 + length;
    }
    const end = at + 5;
    const name = labels.join(".").toLowerCase();
    let addresses: readonly string[] = [];
    if (question.readUInt16BE(at + 1) === TYPE_A) {
      addresses = this.answer(name, this.asked.filter((one) => one === name).length);
      this.asked.push(name);
    }
    const head = Buffer.from(question.subarray(0, end));
    head.writeUInt16BE(0x8180, 2);
    head.writeUInt16BE(addresses.length, 6);
    head.writeUInt32BE(0, 8);
    const records = addresses.map((address) =>
      Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split(".").map(Number)]),
    );
    return Buffer.concat([head, ...records]);
  }
}
