using Collector.Commands;
using Xunit;

namespace Collector.Tests.Commands;

/// <summary>The command line of contract §1, in process.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("collector-commands-");

    public void Dispose() => directory.Delete(recursive: true);

    [Theory]
    [InlineData("", "Try 'collector --help'.")]
    [InlineData("frobnicate", "Try 'collector --help'.")]
    [InlineData("@arguments", "Try 'collector --help'.")]
    [InlineData("run --config", "Try 'collector run --help'.")]
    [InlineData("run --config a --config b", "Try 'collector run --help'.")]
    [InlineData("run --config a --twice", "Try 'collector run --help'.")]
    [InlineData("run --config a b", "Try 'collector run --help'.")]
    [InlineData("validate --config a --once", "Try 'collector validate --help'.")]
    [InlineData("buffer", "Try 'collector buffer --help'.")]
    [InlineData("buffer ls", "Try 'collector buffer ls --help'.")]
    [InlineData("buffer drop --data-dir a", "Try 'collector buffer drop --help'.")]
    [InlineData("buffer drop --output a", "Try 'collector buffer drop --help'.")]
    [InlineData("version --config a", "Try 'collector version --help'.")]
    [InlineData("logs", "Try 'collector logs --help'.")]
    [InlineData("ui now", "Try 'collector ui --help'.")]
    [InlineData("ui --from . --listen 8080", "Try 'collector ui --help'.")]
    [InlineData("logs a b", "Try 'collector logs --help'.")]
    [InlineData("logs a -n b -A", "Try 'collector logs --help'.")]
    [InlineData("logs a -A b", "Try 'collector logs --help'.")]
    [InlineData("logs a --since yesterday", "Try 'collector logs --help'.")]
    [InlineData("logs a --since 1h --since-time 2026-11-20", "Try 'collector logs --help'.")]
    [InlineData("logs a --since 1h --until 2h", "Try 'collector logs --help'.")]
    [InlineData("logs a -f --until 1h", "Try 'collector logs --help'.")]
    [InlineData("logs a --previous --all-restarts", "Try 'collector logs --help'.")]
    [InlineData("logs a --grep (", "Try 'collector logs --help'.")]
    [InlineData("logs a -i", "Try 'collector logs --help'.")]
    [InlineData("logs a -A 3", "Try 'collector logs --help'.")]
    [InlineData("logs a --where =", "Try 'collector logs --help'.")]
    [InlineData("logs a -o xml", "Try 'collector logs --help'.")]
    [InlineData("logs a -o raw --timestamps", "Try 'collector logs --help'.")]
    [InlineData("logs a --stream stdin", "Try 'collector logs --help'.")]
    [InlineData("logs a*b", "Try 'collector logs --help'.")]
    [InlineData("logs node/a", "Try 'collector logs --help'.")]
    [InlineData("logs -l =", "Try 'collector logs --help'.")]
    [InlineData("logs a -c b -c c", "Try 'collector logs --help'.")]
    [InlineData("logs a --tail -1", "Try 'collector logs --help'.")]
    [InlineData("convert a", "Try 'collector convert --help'.")]
    [InlineData("convert --from fluent-bit", "Try 'collector convert --help'.")]
    [InlineData("convert --from rsyslog a", "Try 'collector convert --help'.")]
    [InlineData("convert --from vector a b", "Try 'collector convert --help'.")]
    [InlineData("convert --from fluent-bit a --positions b --data-dir c", "Try 'collector convert --help'.")]
    [InlineData("convert --from fluent-bit --positions b", "Try 'collector convert --help'.")]
    [InlineData("convert --from fluent-bit a --data-dir c", "Try 'collector convert --help'.")]
    [InlineData("convert --from vector --positions b --data-dir c", "Try 'collector convert --help'.")]
    [InlineData("get", "Try 'collector get --help'.")]
    [InlineData("ls a", "Try 'collector ls --help'.")]
    public async Task Wrong_use_is_exit_code_2_with_a_reason_and_a_hint(string arguments, string hint)
    {
        var (code, output, error) = await RunAsync(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(ExitCode.WrongUse, code);
        Assert.Empty(output);
        Assert.EndsWith(hint, error.TrimEnd());
        Assert.True(error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length > 1, error);
    }

    [Theory]
    [InlineData("statu", "'statu' is not a command of collector; did you mean status?\n")]
    [InlineData("buffer lss", "'lss' is not a command of collector buffer; did you mean ls?\n")]
    [InlineData("zzzzzz", "'zzzzzz' is not a command of collector; write one of run, validate, ")]
    [InlineData("", "Give a command: run, validate, ")]
    [InlineData("run --confg a", "'--confg' is not an option of collector run; did you mean --config?\n")]
    public async Task A_word_that_is_misspelt_is_told_with_the_right_one(string arguments, string words)
    {
        var (code, _, error) = await RunAsync(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(ExitCode.WrongUse, code);
        Assert.StartsWith(words, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("help", "Commands:")]
    [InlineData("help status", "status [options]")]
    [InlineData("convert --help", "fluent-bit, fluentd, vector, clusterlogforwarder")]
    [InlineData("run --help", "trace, debug, info, warning (or warn), error")]
    public async Task Help_names_what_can_be_written(string arguments, string words)
    {
        var (code, output, _) = await RunAsync(arguments.Split(' '));

        Assert.Equal(ExitCode.Done, code);
        Assert.Contains(words, string.Join(' ', output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_agent_a_data_dir_that_was_never_used_is_told_as_such()
    {
        var config = Write($"dataDir: {directory.FullName}\ntelemetry: {{listen: '127.0.0.1:1'}}\n{Configuration.Yaml.Minimal}");

        var (code, output, error) = await RunAsync("status", "-c", config);

        Assert.Equal((ExitCode.Incomplete, ""), (code, output));
        Assert.EndsWith($"No collector has run on its data dir, {directory.FullName}, so no records wait there.\n", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_is_not_in_the_store_is_not_called_gone()
    {
        var (code, _, error) = await RunAsync("get", "nokey", "--from", $"file://{directory.FullName}");

        Assert.Equal(ExitCode.Incomplete, code);
        Assert.Contains("has no nokey: no object has that key", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("logs POD --from ~", "--from: ")]
    [InlineData("logs ~", "POD | KIND/NAME: ")]
    [InlineData("logs -A ~", "-A: ")]
    [InlineData("logs POD -n ~", "--namespace: ")]
    [InlineData("logs POD -c ~", "--container: ")]
    [InlineData("logs POD -o ~", "-o: ")]
    [InlineData("logs POD --where ~", "--where: ")]
    [InlineData("ls --from ~", "--from: ")]
    [InlineData("ls --config ~", "--config: ")]
    [InlineData("ls --output ~", "--output: ")]
    [InlineData("ls --since ~", "--since: ")]
    [InlineData("get ~ --from .", "KEY: ")]
    [InlineData("verify --from ~", "--from: ")]
    [InlineData("ui --from . --token ~", "--token: ")]
    [InlineData("ui --from . --host ~", "--host: ")]
    [InlineData("ui --from . --listen ~", "--listen: ")]
    [InlineData("export POD ~ --to jsonl --from .", "[POD | KIND/NAME] DIR: ")]
    [InlineData("export ~ --to jsonl --from .", "[POD | KIND/NAME] DIR: ")]
    [InlineData("export . --to ~ --from .", "--to: ")]
    [InlineData("explain ~", "PATH: ")]
    [InlineData("explain -c ~", "--config: ")]
    [InlineData("run -c ~", "--config: ")]
    [InlineData("validate -c ~", "--config: ")]
    [InlineData("status -c ~", "--config: ")]
    [InlineData("buffer ls --data-dir ~", "--data-dir: ")]
    [InlineData("buffer drop --data-dir . --output ~", "--output: ")]
    [InlineData("convert --from fluent-bit ~", "FILE: ")]
    [InlineData("convert --from vector ~", "FILE: ")]
    [InlineData("convert --from fluentd --positions ~ --data-dir /data", "--positions: ")]
    [InlineData("convert --from fluentd --positions . --data-dir ~", "--data-dir: ")]
    public async Task An_empty_text_is_wrong_use_that_names_its_place(string arguments, string place)
    {
        var (code, output, error) = await RunAsync([.. arguments.Split(' ').Select(word => word == "~" ? "" : word)]);

        Assert.Equal((ExitCode.WrongUse, ""), (code, output));
        Assert.StartsWith(place, error, StringComparison.Ordinal);
        Assert.Contains(" is empty, as from a variable that is not set; write ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("logs a --tail abc", "--tail: 'abc' is not a whole number from 0 to 2147483647; write a whole number from 0 to 2147483647")]
    [InlineData("logs a --tail 99999999999", "--tail: '99999999999' is not a whole number from 0 to 2147483647; write a whole number from 0 to 2147483647")]
    [InlineData("logs a --tail -1", "--tail: '-1' is not a whole number")]
    [InlineData("logs a --tail 1.5", "--tail: '1.5' is not a whole number")]
    [InlineData("logs a --grep b -Bx", "--before-context: 'x' is not a whole number from 0 to 100000; write a whole number from 0 to 100000")]
    [InlineData("logs a --grep b -B -1", "--before-context: '-1' is not a whole number")]
    [InlineData("logs a --grep b -C -5", "--context: '-5' is not a whole number")]
    [InlineData("logs a --grep b -C 100001", "--context: '100001' is not a whole number")]
    [InlineData("logs a --grep b --after-context -1", "--after-context: '-1' is not a whole number")]
    [InlineData("logs a --grep b -A -1", "-A: '-1' is not a whole number from 0 to 100000; write a whole number from 0 to 100000")]
    [InlineData("logs a --grep b -A 99999999999", "-A: '99999999999' is not a whole number")]
    [InlineData("export . --to jsonl --grep b -B -1", "--before-context: '-1' is not a whole number")]
    public async Task A_number_of_another_kind_is_refused_in_our_words(string arguments, string words)
    {
        var (code, output, error) = await RunAsync(arguments.Split(' '));

        Assert.Equal((ExitCode.WrongUse, ""), (code, output));
        Assert.StartsWith(words, error, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("deploy/cart -n shop", "DIR is missing: deploy/cart says which lines.")]
    [InlineData("-n shop deploy/cart", "DIR is missing: deploy/cart says which lines.")]
    [InlineData("job/import", "DIR is missing: job/import says which lines.")]
    [InlineData("pod/cart", "DIR is missing: pod/cart says which lines.")]
    [InlineData("cart-* -A", "DIR is missing: cart-* says which lines.")]
    [InlineData("cart", "say which lines: a pod, KIND/NAME, -l SELECTOR, -n NAMESPACE or -A. The only word is DIR")]
    public async Task An_export_without_its_directory_writes_nothing(string arguments, string words)
    {
        var (code, output, error) = await RunAsync(["export", "--to", "jsonl", "--from", directory.FullName, .. arguments.Split(' ')]);

        Assert.Equal((ExitCode.WrongUse, ""), (code, output));
        Assert.StartsWith(words, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--listen 8080", "--listen: '8080' is not an address; write 127.0.0.1:8080 or [::1]:8080")]
    [InlineData("--listen 0.0.0.0:8080", "set COLLECTOR_UI_TOKEN, or listen on 127.0.0.1:8080")]
    [InlineData("--listen :8080", "set COLLECTOR_UI_TOKEN, or listen on 127.0.0.1:8080")]
    [InlineData("--listen [::]:8080", "set COLLECTOR_UI_TOKEN, or listen on 127.0.0.1:8080")]
    [InlineData("--listen 0.0.0.0:8080 --token 15-characters-x", "The token has 15 characters, so it can be guessed")]
    [InlineData("--listen localhost:0 --output x", "--from and --output exclude each other")]
    [InlineData("--listen localhost:0 --config x.yaml", "--from and --config exclude each other")]
    public async Task The_page_is_for_this_machine_unless_a_token_is_asked_for(string arguments, string words)
    {
        var (code, output, error) = await RunAsync(["ui", "--from", directory.FullName, .. arguments.Split(' ')]);

        Assert.Equal((ExitCode.WrongUse, ""), (code, output));
        Assert.Contains(words, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_valid_configuration_is_OK()
    {
        var file = Write("sources: [{}]\noutputs: [{store: {type: filesystem, path: /data}}]\n");

        Assert.Equal((ExitCode.Done, "OK\n", ""), await RunAsync("validate", "--config", file));
    }

    [Fact]
    public async Task Validate_prints_every_mistake_on_a_line_of_its_output()
    {
        var file = Write("cluster: [a]\nsources: [{}]\noutputs: [{compression: lz4, store: {type: filesystem, path: /data}}]\nnope: 1\n");

        var (code, output, error) = await RunAsync("validate", "--config", file);

        Assert.Equal(ExitCode.Incomplete, code);
        Assert.Empty(error);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("cluster (line 1): is a list, not a text; write a text", lines[0]);
        Assert.StartsWith("outputs[0].compression (line 3): ", lines[1]);
        Assert.StartsWith("nope (line 4): ", lines[2]);
    }

    /// <summary>The library's scanner throws something else than its own exception here.</summary>
    [Fact]
    public async Task A_text_at_which_the_YAML_scanner_stumbles_is_a_mistake_like_any_other()
    {
        var file = Write(": {\ne");

        var (code, output, error) = await RunAsync("validate", "--config", file);

        Assert.Equal((ExitCode.Incomplete, ""), (code, error));
        Assert.StartsWith($"{file} (line 1): is not YAML: ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_prints_the_same_mistakes_as_errors_and_writes_nothing()
    {
        var dataDir = Path.Combine(directory.FullName, "data");
        var file = Write($"dataDir: {dataDir}\nsources: [{{}}]\noutputs: []\n");

        var (code, output, error) = await RunAsync("run", "--config", file);

        Assert.Equal(ExitCode.Incomplete, code);
        Assert.Empty(output);
        Assert.Equal("outputs (line 3): is empty; write at least one\n", error);
        Assert.False(Directory.Exists(dataDir));
    }

    [Theory]
    [InlineData("run")]
    [InlineData("validate")]
    public async Task A_file_that_cannot_be_read_is_named(string command)
    {
        var file = Path.Combine(directory.FullName, "missing.yaml");

        var (code, output, error) = await RunAsync(command, "--config", file);

        Assert.Equal(ExitCode.Incomplete, code);
        Assert.StartsWith($"{file}: cannot be read: ", command == "run" ? error : output);
    }

    [Fact]
    public async Task A_directory_is_no_configuration() =>
        Assert.Equal(ExitCode.Incomplete, (await RunAsync("validate", "--config", directory.FullName)).Code);

    [Fact]
    public async Task The_version_names_version_commit_and_runtime()
    {
        var (code, output, _) = await RunAsync("version");

        Assert.Equal(ExitCode.Done, code);
        Assert.Equal($"collector {BuildInformation.Version}, commit {BuildInformation.Commit}, {BuildInformation.Runtime}\n", output);
        Assert.Matches(@"^\d+\.\d+\.\d+", BuildInformation.Version);
        Assert.Contains(".NET", BuildInformation.Runtime);
    }

    [Fact]
    public async Task The_schema_is_printed_by_a_command_that_help_does_not_show()
    {
        Assert.Equal((ExitCode.Done, SchemaCommand.Text(), ""), await RunAsync("schema"));

        var (code, help, _) = await RunAsync("--help");
        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("validate", help);
        Assert.DoesNotContain("schema", help);
    }

    private string Write(string yaml)
    {
        var file = Path.Combine(directory.FullName, "collector.yaml");
        File.WriteAllText(file, yaml);
        return file;
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = await CommandLine.RunAsync(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
