/**
 * The {@code daybook} command: a thin layer over the public API of the engine.
 *
 * <pre>
 * Main ──► RootCommand ──► PutCommand      Intake (stdin) ─► EntrySplitter ─► PutSink ─► engine
 *  │ exit                  CatCommand      engine.scan ─► Output (stdout)
 *  │ codes                 LedgersCommand, DeleteCommand                   over an open engine
 *  │                       InspectCommand, VerifyCommand, RebuildIndexCommand   over StoreTools
 *  │                       DemoCommand ──► a child JVM with DemoWriterCommand, killed; then DemoVerifier
 *  └─ Failures: an exception becomes one line on stderr and an exit code
 *     StopSignal: SIGINT and SIGTERM let the command end in order
 * </pre>
 *
 * <p>Rules of the house: results go to stdout, everything else to stderr; every listing has {@code --json}, one object a
 * line; exit code 0 means good, 1 something wrong was found, 2 misuse, 3 I/O or engine failure; a stack trace is shown only
 * with {@code --debug}; a reader that closes the pipe is no error; progress is shown only where stderr is a terminal.
 *
 * <p>Threads: the main thread runs the command. {@code daybook-stdin} reads blocks for {@code put}, {@code daybook-report}
 * prints what became durable; engines bring their own. Commands keep no state between runs, so that tests can run many of
 * them in one JVM.
 */
package io.daybook.cli;
