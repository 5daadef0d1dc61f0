// What other programs may use of the CLI: compiling and deploying, without the terminal.
export type { Bundle } from './compile/bundle.ts';
export { bundle } from './compile/bundle.ts';
export type { CompileFile } from './compile/compile-file.ts';
export { compileFile } from './compile/compile-file.ts';
export type { Compiled, CompileOptions } from './compile/compile-functions.ts';
export { compileProject } from './compile/compile-project.ts';
export type { FlowConfig, OnEventScript, OnEventScripts } from './compile/flow-config.ts';
export type { Diagnostic } from './errors.ts';
export { CliError } from './errors.ts';
