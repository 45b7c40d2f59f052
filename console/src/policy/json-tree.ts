/** A place in a text; both numbers begin at 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A JSON value that knows where it stands. */
export type JsonNode =
  | { readonly kind: "object"; readonly at: number; readonly members: readonly JsonMember[] }
  | { readonly kind: "array"; readonly at: number; readonly entries: readonly JsonNode[] }
  | { readonly kind: "string"; readonly at: number; readonly text: string }
  | { readonly kind: "other"; readonly at: number };

export interface JsonMember {
  readonly name: string;
  readonly at: number;
  readonly value: JsonNode;
}

/** A text is no JSON, from some place on. */
export class NotJsonError extends Error {
  constructor(
    message: string,
    readonly at: number,
  ) {
    super(message);
    this.name = "NotJsonError";
  }
}

const SPACE = /[\t\n\r ]*/y;
// eslint-disable-next-line no-control-regex -- JSON allows no control character in a string
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const OTHER = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.])/y;

/** Reads a JSON text with the places of its values. */
export function readJsonTree(text: string): JsonNode {
  const reader = new Reader(text);
  const root = reader.value();
  reader.end();
  return root;
}

export function placeOf(text: string, at: number): Place {
  const before = text.slice(0, at).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  value(): JsonNode {
    this.match(SPACE);
    const at = this.at;
    switch (this.text[at]) {
      case "{":
        return { kind: "object", at, members: this.list("}", () => this.member()) };
      case "[":
        return { kind: "array", at, entries: this.list("]", () => this.value()) };
      case '"':
        return { kind: "string", at, text: this.string() };
      default:
        if (this.match(OTHER) === undefined) {
          throw this.refusal("a value");
        }
        return { kind: "other", at };
    }
  }

  end(): void {
    this.match(SPACE);
    if (this.at < this.text.length) {
      throw this.refusal("the end of the text");
    }
  }

  private list<Item>(close: string, read: () => Item): Item[] {
    const items: Item[] = [];
    this.at += 1;
    if (this.takes(close)) {
      return items;
    }
    do {
      items.push(read());
    } while (this.takes(","));
    if (!this.takes(close)) {
      throw this.refusal(`"," or "${close}"`);
    }
    return items;
  }

  private member(): JsonMember {
    this.match(SPACE);
    const at = this.at;
    if (this.text[at] !== '"') {
      throw this.refusal("a name in double quotes");
    }
    const name = this.string();
    if (!this.takes(":")) {
      throw this.refusal('":"');
    }
    return { name, at, value: this.value() };
  }

  private string(): string {
    const literal = this.match(STRING);
    if (literal === undefined) {
      throw new NotJsonError("This text in quotes does not end, or holds a character that must be escaped.", this.at);
    }
    return JSON.parse(literal) as string;
  }

  private takes(character: string): boolean {
    this.match(SPACE);
    const found = this.text[this.at] === character;
    this.at += found ? 1 : 0;
    return found;
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const [found] = pattern.exec(this.text) ?? [];
    this.at += found?.length ?? 0;
    return found;
  }

  private refusal(expected: string): NotJsonError {
    const found = this.text[this.at];
    const what = found === undefined ? "the text ends" : `${JSON.stringify(found)} stands`;
    return new NotJsonError(`Expected ${expected}, but here ${what}.`, this.at);
  }
}
