/** A progress line on a terminal for statements that take over a second: bar, percent, rows, bytes. */
import type { Progress } from '../engine/session.ts'

const SHOW_AFTER_MS = 1000
const BAR_CELLS = 30

export interface ProgressLine {
  update(progress: Progress): void
  clear(): void
}

export function createProgressLine(terminal: NodeJS.WriteStream): ProgressLine {
  const started = performance.now()
  let isShown = false
  return {
    update(progress) {
      if (performance.now() - started < SHOW_AFTER_MS) return
      isShown = true
      terminal.write(`\r${describeProgress(progress)}\u001b[K`)
    },
    clear() {
      if (isShown) terminal.write('\r\u001b[K')
      isShown = false
    },
  }
}

export function describeProgress({ rows, bytes, fraction }: Progress): string {
  const counted = `${rows.toLocaleString('en-US')} rows  ${formatBytes(bytes)}`
  if (fraction === null) return counted
  const full = Math.round(Math.max(0, Math.min(1, fraction)) * BAR_CELLS)
  const bar = '█'.repeat(full) + '░'.repeat(BAR_CELLS - full)
  return `${bar} ${String(Math.floor(fraction * 100)).padStart(3)}%  ${counted}`
}

export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]!}`
}
