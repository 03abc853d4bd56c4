#!/usr/bin/env node
/** The command `istiops`: runs the command line. */
import { main } from '../cli.ts';

process.exitCode = await main(process.argv);
