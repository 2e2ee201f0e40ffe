using Collector.Commands;
using Xunit;

namespace Collector.Tests.Commands;

/// <summary>Standard output or standard error that cannot be written, as on a full disk.</summary>
public sealed class StandardWriterTests
{
    [Theory]
    [InlineData("version")]
    [InlineData("--help")]
    [InlineData("buffer --help")]
    [InlineData("schema")]
    [InlineData("completion bash")]
    [InlineData("validate --config none.yaml")]
    [InlineData("buffer ls --data-dir /proc/version")]
    public async Task A_command_whose_output_cannot_be_written_says_so_in_one_line_and_is_1(string arguments)
    {
        using var output = new FullWriter();
        using var error = new StringWriter();

        var code = await CommandLine.RunAsync(arguments.Split(' '), output, error);

        Assert.Equal(ExitCode.Incomplete, code);
        Assert.StartsWith("Standard output cannot be written: No space left on device.", error.ToString());
        Assert.Single(error.ToString().TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Errors_that_nobody_can_be_told_change_no_exit_code()
    {
        using var output = new StringWriter();
        using var error = new FullWriter();

        Assert.Equal(ExitCode.WrongUse, await CommandLine.RunAsync(["harvest"], output, error));
        Assert.Equal(ExitCode.Incomplete, await CommandLine.RunAsync(["version"], error, error));
    }

    /// <summary>Of a closed descriptor the runtime makes no <see cref="IOException"/>.</summary>
    [Fact]
    public async Task A_closed_output_is_like_a_full_one()
    {
        using var closed = new FullWriter(new UnauthorizedAccessException("Access to the path is denied.", new IOException("Bad file descriptor")));
        using var error = new StringWriter();

        Assert.Equal(ExitCode.Incomplete, await CommandLine.RunAsync(["version"], closed, error));
        Assert.StartsWith("Standard output cannot be written: Bad file descriptor.", error.ToString(), StringComparison.Ordinal);
        Assert.Equal(ExitCode.WrongUse, await CommandLine.RunAsync(["harvest"], TextWriter.Null, closed));
    }

    /// <summary>As <c>/dev/full</c>.</summary>
    private sealed class FullWriter(Exception? error = null) : TextWriter
    {
        private readonly Exception error = error ?? new IOException("No space left on device");

        public override System.Text.Encoding Encoding => System.Text.Encoding.UTF8;

        public override void Write(char value) => throw error;

        public override void Write(char[] buffer, int index, int count) => throw error;
    }
}
