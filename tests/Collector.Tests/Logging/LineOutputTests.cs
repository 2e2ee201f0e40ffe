using System.Text;
using Collector.Configuration;
using Collector.Hosting.Logging;
using Collector.Pipeline.Storage;
using Collector.Tests.Endpoints;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Collector.Tests.Logging;

/// <summary>S-150: whoever has something to say hangs on nobody who has stopped reading.</summary>
public sealed class LineOutputTests
{
    [Fact]
    public void A_reader_that_has_stopped_holds_up_nobody_and_what_was_lost_is_counted_when_it_reads_on()
    {
        using var pipe = new FullPipe();
        using var provider = new StderrLoggerProvider(new LogOptions(LogLevel.Information, LogFormat.Text), pipe, new SteppedClock());
        var text = new string('x', 4000);

        for (var i = 0; i < 1000; i++)
        {
            provider.CreateLogger($"logger {i}").LogInformation("{Line} {Text}", i, text);
        }

        Assert.Equal("", pipe.Text);
        pipe.Open();
        Assert.True(SpinWait.SpinUntil(() => pipe.Text.Contains("lines of this log were lost", StringComparison.Ordinal), TimeSpan.FromMinutes(1)));
        var lines = pipe.Text.Split('\n')[..^1];
        Assert.StartsWith("2026-11-20T10:00:00.000Z info  logger 0: 0 xxx", lines[0], StringComparison.Ordinal);
        Assert.Contains($"warn  log: {1000 - (lines.Length - 1)} lines of this log were lost, because nobody read standard error", lines[^1], StringComparison.Ordinal);
        provider.CreateLogger("after").LogInformation("goes on");
        Assert.EndsWith("after: goes on\n", pipe.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void It_can_be_ended_while_nobody_reads()
    {
        using var pipe = new FullPipe();
        var provider = new StderrLoggerProvider(new LogOptions(LogLevel.Information, LogFormat.Text), pipe, new SteppedClock());
        provider.CreateLogger("a").LogInformation("one");

        provider.Dispose();

        Assert.Equal("", pipe.Text);
    }

    /// <summary>Of a closed descriptor the runtime makes no <see cref="IOException"/>; on the log's thread it would end the process.</summary>
    [Fact]
    public void A_closed_standard_error_loses_its_lines_and_does_no_other_harm()
    {
        using var closed = new ClosedStream();
        using var output = new LineOutput(closed, _ => []);

        output.Write("one"u8);
        output.Write("two"u8);

        Assert.Equal(2, closed.Refused);
    }

    private sealed class ClosedStream : WriteOnlyStream
    {
        public int Refused { get; private set; }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Refused++;
            throw new UnauthorizedAccessException("Access to the path is denied.", new IOException("Bad file descriptor"));
        }

        public override void Flush()
        {
        }
    }

    /// <summary>A pipe that takes nothing until it is opened.</summary>
    private sealed class FullPipe : Stream
    {
        private readonly ManualResetEventSlim _open = new();
        private readonly StringBuilder _text = new();

        public string Text
        {
            get
            {
                lock (_text)
                {
                    return _text.ToString();
                }
            }
        }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public void Open() => _open.Set();

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count)
        {
            _open.Wait();
            lock (_text)
            {
                _text.Append(Encoding.UTF8.GetString(buffer, offset, count));
            }
        }

        /// <summary>A thread may still wait in it.</summary>
        protected override void Dispose(bool disposing)
        {
            _open.Set();
            base.Dispose(disposing);
        }
    }
}
