/** What is in the inputs of one message or view, by block and action. */

export class FieldValues {
  /** @param {Record<string, Record<string, unknown>>} [before] values that win over what the elements start with */
  constructor(before = {}) {
    this.before = before;
    this.readers = [];
  }

  /** Return the value an element shows at first. @param {() => unknown} own what the element itself starts with */
  startOf(blockId, actionId, own) {
    const values = this.before[blockId];
    return values && Object.hasOwn(values, actionId) ? values[actionId] : own();
  }

  /** Take part in what is sent. @param {() => unknown} read returns the plain value now */
  add(blockId, actionId, read) {
    this.readers.push({ blockId, actionId, read });
  }

  /** Return every value as the people API takes them. */
  values() {
    const found = {};
    for (const { blockId, actionId, read } of this.readers) {
      found[blockId] = { ...found[blockId], [actionId]: read() };
    }
    return found;
  }
}
