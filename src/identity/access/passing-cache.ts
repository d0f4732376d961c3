import { entityKind } from 'drizzle-orm';
import { Cache, type MutationOption } from 'drizzle-orm/cache/core';

/**
 * Stands for the cache of a service in a context. It answers nothing and keeps nothing, because its keys know no station: a page of one
 * station would be served to another. It collects what was changed, for the cache to forget once that is committed.
 */
export class PassingCache extends Cache {
  static override readonly [entityKind] = 'PassingCache';
  readonly #changes: MutationOption[] = [];

  constructor(private readonly cache: Cache) {
    super();
  }

  strategy(): 'explicit' {
    return 'explicit';
  }

  async get(): Promise<undefined> {}

  async put(): Promise<void> {}

  async onMutate(change: MutationOption): Promise<void> {
    this.#changes.push(change);
  }

  /** Has the service's cache forget what was changed: all of it, also if the cache fails at one change. */
  async invalidate(): Promise<void> {
    const failures: unknown[] = [];
    for (const change of this.#changes.splice(0)) {
      try {
        await this.cache.onMutate(change);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
