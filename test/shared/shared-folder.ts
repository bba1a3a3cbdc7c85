import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The folder of fixtures, corpora and answers beside the checkout; tests that need it are skipped where it is absent. */
export const SHARED: string = process.env['SLUICE_SHARED'] ?? fileURLToPath(new URL('../../../shared', import.meta.url))

export const HAS_SHARED: boolean = existsSync(SHARED)
