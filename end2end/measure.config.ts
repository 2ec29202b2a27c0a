import { defineConfig } from '@playwright/test';
import base from './playwright.config.ts';

// Measurements, run by `make bench` on a server of its own.
export default defineConfig({ ...base, testDir: 'measure', workers: 1, projects: [{ name: 'measure' }] });
