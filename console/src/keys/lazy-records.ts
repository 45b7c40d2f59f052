export type LazyRecord<Value> =
  { readonly state: "loaded"; readonly value: Value } | { readonly state: "failed"; readonly error: unknown };

export type LazyRecordMap<Value> = ReadonlyMap<string, LazyRecord<Value>>;

const MOST_AT_ONCE = 6;
// Somebody waits for a page of a list; a list of thousands is better not drawn anew all the time.
const FEW = 100;
const PUBLISH_FEW_MILLISECONDS = 50;
const PUBLISH_MANY_MILLISECONDS = 500;

/**
 * Details of many things, each asked for once and only when it is wanted, a few at a time.
 *
 * What arrives is published together, so that thousands of answers are not thousands of renderings.
 */
export class LazyRecords<Value> {
  private published: LazyRecordMap<Value> = new Map();
  private readonly arrived = new Map<string, LazyRecord<Value>>();
  private readonly asked = new Set<string>();
  private readonly waiting: string[] = [];
  private readonly listeners = new Set<() => void>();
  private running = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly load: (id: string) => Promise<Value>) {}

  /** Asks for what is not known yet; what was wanted last comes first, for somebody looks at it. */
  want(ids: Iterable<string>): void {
    const wanted = [...ids].filter((id) => !this.published.has(id) && !this.arrived.has(id));
    const fresh = wanted.filter((id) => !this.asked.has(id));
    for (const id of fresh) {
      this.asked.add(id);
    }
    this.waiting.unshift(...fresh);
    this.runNext();
  }

  /** Drops what is known, so that it is asked for again when it is wanted. */
  forget(ids: Iterable<string>): void {
    const kept = new Map(this.published);
    for (const id of ids) {
      kept.delete(id);
      this.arrived.delete(id);
      this.asked.delete(id);
    }
    this.publish(kept);
  }

  readonly snapshot = (): LazyRecordMap<Value> => this.published;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  private runNext(): void {
    while (this.running < MOST_AT_ONCE) {
      const id = this.waiting.shift();
      if (id === undefined) {
        return;
      }
      void this.run(id);
    }
  }

  private async run(id: string): Promise<void> {
    this.running += 1;
    const record = await this.load(id).then(
      (value): LazyRecord<Value> => ({ state: "loaded", value }),
      (error: unknown): LazyRecord<Value> => ({ state: "failed", error }),
    );
    this.running -= 1;
    if (this.asked.has(id)) {
      this.arrived.set(id, record);
      this.timer ??= setTimeout(this.publishArrived, this.pause());
    }
    this.runNext();
  }

  private pause(): number {
    return this.waiting.length > FEW ? PUBLISH_MANY_MILLISECONDS : PUBLISH_FEW_MILLISECONDS;
  }

  private readonly publishArrived = (): void => {
    this.timer = undefined;
    const all = new Map([...this.published, ...this.arrived]);
    this.arrived.clear();
    this.publish(all);
  };

  private publish(records: LazyRecordMap<Value>): void {
    this.published = records;
    for (const notify of this.listeners) {
      notify();
    }
  }
}
