/** Text that came out of a decompressor and is not released yet, piece by piece. */
export class TextPieces {
  readonly #pieces: Uint8Array[] = []
  /** Place in the text of the first piece. */
  #start = 0
  /** Bytes of text that came out so far. */
  produced = 0

  add(piece: Uint8Array): void {
    this.#pieces.push(piece)
    this.produced += piece.length
  }

  /** Fills `into` with the text from `start` on, as far as it came out; how many bytes that were. */
  copy(into: Uint8Array, start: number): number {
    let at = this.#start
    let done = 0
    for (const piece of this.#pieces) {
      const from = start + done - at
      at += piece.length
      if (from >= piece.length || done === into.length) continue
      const part = piece.subarray(from, Math.min(piece.length, from + into.length - done))
      into.set(part, done)
      done += part.length
    }
    return done
  }

  /** Drops what lies before `start`. */
  release(start: number): void {
    while (this.#pieces.length > 0 && this.#start + this.#pieces[0]!.length <= start) {
      this.#start += this.#pieces.shift()!.length
    }
  }
}
