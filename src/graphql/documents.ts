// Documents that were read and checked, by their hash, so that a program's next request is spared both. What they
// take in memory is bounded: a document that is new every time, as a careless client sends it, pushes out older ones.
import type { DocumentNode } from "graphql";

/** Of source text, all together; what is made of it takes about eighty times as much. */
const MAX_CHARACTERS = 128 * 1024;

/** A `documentStore` of Apollo's. */
export class Documents {
  /** In the order of their last use. */
  private readonly kept = new Map<string, DocumentNode>();
  private characters = 0;

  get(hash: string): Promise<DocumentNode | undefined> {
    const document = this.kept.get(hash);
    if (document) {
      this.kept.delete(hash);
      this.kept.set(hash, document);
    }
    return Promise.resolve(document);
  }

  set(hash: string, document: DocumentNode): Promise<void> {
    void this.delete(hash);
    this.kept.set(hash, document);
    this.characters += lengthOf(document);
    for (const oldest of this.kept.keys()) {
      if (this.characters <= MAX_CHARACTERS) break;
      void this.delete(oldest);
    }
    return Promise.resolve();
  }

  delete(hash: string): Promise<boolean> {
    const document = this.kept.get(hash);
    if (document) this.characters -= lengthOf(document);
    return Promise.resolve(this.kept.delete(hash));
  }
}

const lengthOf = ({ loc }: DocumentNode): number => loc?.source.body.length ?? 0;
