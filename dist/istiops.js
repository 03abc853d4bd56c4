#!/usr/bin/env node
import nodeModule from 'node:module';
nodeModule.enableCompileCache?.();
const { istiops } = await import('./action.js');
process.exitCode = await istiops(process.argv);
