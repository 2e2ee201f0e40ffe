using System.Text;
using Collector.Pipeline.Cri;
using Collector.Pipeline.Records;
using Collector.Pipeline.Sources;
using Collector.Testing.Processes;
using Xunit;

namespace Collector.Pipeline.Tests.Records;

public sealed class RecordEncoderTests
{
    private const string Time = "2026-11-20T10:00:00.123456789Z";

    private static readonly RecordIdentity s_identity = new()
    {
        LogType = "application",
        LogSource = "container",
        Cluster = "dev",
        Hostname = "node-1",
        Namespace = "shop",
        PodName = "cart-7d9f",
        PodId = "e68a1484",
        ContainerName = "cart",
        DockerId = "2bde86c9",
        ContainerImage = "cart:1",
        ContainerHash = "sha256:ab",
        RestartCount = 0,
        OwnerKind = "Deployment",
        OwnerName = "cart",
        Host = "node-1",
        Labels = new Dictionary<string, string> { ["app"] = "cart", ["quote\""] = "" },
    };

    private static ReadOnlySpan<byte> ShortTail => ",\"log_type\":\"application\"}\n"u8;

    [Fact]
    public void A_tail_has_the_contract_s_fields_in_the_contract_s_order() =>
        Assert.Equal(
            ",\"log_type\":\"application\",\"log_source\":\"container\",\"cluster\":\"dev\",\"hostname\":\"node-1\"," +
            "\"kubernetes\":{\"namespace_name\":\"shop\",\"pod_name\":\"cart-7d9f\",\"pod_id\":\"e68a1484\",\"container_name\":\"cart\"," +
            "\"docker_id\":\"2bde86c9\",\"container_image\":\"cart:1\",\"container_hash\":\"sha256:ab\",\"restart_count\":0," +
            "\"owner_kind\":\"Deployment\",\"owner_name\":\"cart\",\"host\":\"node-1\",\"labels\":{\"app\":\"cart\",\"quote\\\"\":\"\"}}}\n",
            Encoding.UTF8.GetString(RecordTail.Render(s_identity).Bytes));

    [Fact]
    public void A_tail_has_the_source_where_it_is_wanted_and_the_file_where_there_is_one()
    {
        var source = new ContainerSourceSettings { Name = "pods", Path = "/var/log/containers/*.log" };
        var identity = new RecordIdentity { Hostname = "node-1", FilePath = "/var/log/a\"b.log" };
        Assert.Equal(",\"hostname\":\"node-1\",\"file\":\"/var/log/a\\\"b.log\"}\n", Encoding.UTF8.GetString(RecordTail.Render(source.Complete(identity)).Bytes));
        Assert.Equal(
            ",\"hostname\":\"node-1\",\"source\":\"pods\"}\n",
            Encoding.UTF8.GetString(RecordTail.Render((source with { NamesSource = true }).Complete(identity with { FilePath = null })).Bytes));
    }

    [Fact]
    public void A_tail_leaves_out_what_is_not_known()
    {
        Assert.Equal("}\n", Encoding.UTF8.GetString(RecordTail.Render(new RecordIdentity { Cluster = "" }).Bytes));
        Assert.Equal(
            ",\"log_source\":\"file\"}\n", Encoding.UTF8.GetString(RecordTail.Render(new RecordIdentity { LogSource = "file" }).Bytes));
    }

    [Theory]
    [InlineData(Time, LogStream.Stdout, RecordMarks.None, "{\"time\":\"" + Time + "\",\"stream\":\"stdout\",\"log\":\"a\\\"b\",\"log_type\":\"application\"}\n")]
    [InlineData(Time, LogStream.Stderr, RecordMarks.Truncated | RecordMarks.Partial, "{\"time\":\"" + Time + "\",\"stream\":\"stderr\",\"log\":\"a\\\"b\",\"truncated\":true,\"partial\":true,\"log_type\":\"application\"}\n")]
    [InlineData("", LogStream.None, RecordMarks.Unparsed, "{\"log\":\"a\\\"b\",\"unparsed\":true,\"log_type\":\"application\"}\n")]
    public void A_container_record_has_its_fields_in_order(string time, LogStream stream, RecordMarks marks, string expected)
    {
        using var to = new ByteBuffer();
        Assert.False(RecordEncoder.WriteContainer(to, Encoding.UTF8.GetBytes(time), stream, "a\"b"u8, marks, ShortTail, parseJson: true));
        Assert.Equal(expected, Encoding.UTF8.GetString(to.Written));
    }

    [Theory]
    [InlineData(" {\"a\":[1, 2],\r\"a\":null}\r", "{\"a\":[1, 2], \"a\":null}")]
    [InlineData("{}", "{}")]
    [InlineData("{\"a\":\"😀\"}", "{\"a\":\"😀\"}")]
    [InlineData("{\"a\":1", null)]
    [InlineData("[1]", null)]
    [InlineData("{}{}", null)]
    [InlineData("{braces}", null)]
    [InlineData("", null)]
    public void Only_a_text_that_is_one_object_appears_parsed_as_well(string text, string? fields)
    {
        using var to = new ByteBuffer();
        RecordEncoder.WriteContainer(to, default, LogStream.None, Encoding.UTF8.GetBytes(text), RecordMarks.None, ShortTail, parseJson: true);
        var log = text.Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal);
        Assert.Equal(
            $"{{\"log\":\"{log}\"{(fields is null ? "" : ",\"fields\":" + fields)},\"log_type\":\"application\"}}\n",
            Encoding.UTF8.GetString(to.Written));
    }

    [Fact]
    public void Bytes_that_are_not_UTF_8_are_repaired_and_told()
    {
        using var to = new ByteBuffer();
        Assert.True(RecordEncoder.WriteContainer(to, default, LogStream.None, [.. "{\"a\":\""u8, 0xE2, 0x82, .. "\"}"u8], RecordMarks.None, ShortTail, parseJson: true));
        Assert.Equal("{\"log\":\"{\\\"a\\\":\\\"\uFFFD\\\"}\",\"log_type\":\"application\"}\n", Encoding.UTF8.GetString(to.Written));
    }

    [Fact]
    public void A_text_record_is_its_bytes_and_a_newline()
    {
        using var to = new ByteBuffer();
        RecordEncoder.WriteText(to, [0xFF, 0x00, (byte)'\r']);
        Assert.Equal([0xFF, 0x00, (byte)'\r', (byte)'\n'], to.Written.ToArray());
    }

    [Fact]
    public void Ten_thousand_lines_are_parsed_and_encoded_without_allocating()
    {
        var lines = Samples.ContainerdLines();
        var docker = "{\"log\":\"say \\\"hi\\\" \\ud83d\\ude00\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-20T10:00:00Z\"}"u8.ToArray();
        var file = "{\"level\":\"info\",\"time\":1700000000,\"cluster\":\"x\",\"msg\":\"m\"}"u8.ToArray();
        var broken = new byte[] { 0xE2, 0x82, (byte)'"' };
        var tail = RecordTail.Render(s_identity).Bytes.ToArray();
        using var to = new ByteBuffer(1 << 20);
        using var scratch = new ByteBuffer();
        JsonLines how = new("time"), common = new("time", namesSource: true);
        var python = "{\"time\":\"2026-11-20 10:00:00,123\",\"source\":\"x\"}"u8.ToArray();

        EncodeAll(rounds: 2);
        var encoded = 0;
        Assert.Equal(0, Allocations.Of(() => encoded = EncodeAll(rounds: 200)));
        Assert.InRange(encoded, 10_000, int.MaxValue);

        int EncodeAll(int rounds)
        {
            var count = 0;
            for (var round = 0; round < rounds; round++)
            {
                to.Reset();
                foreach (var line in lines)
                {
                    count += CriLine.TryParse(line, out var cri) && RecordTime.TryParse(cri.Time, out _) ? 1 : 0;
                    RecordEncoder.WriteContainer(to, cri.Time, cri.Stream, cri.Text, RecordMarks.None, tail, parseJson: true);
                }

                count += DockerLine.TryParse(docker, scratch, out var parsed) ? 1 : 0;
                RecordEncoder.WriteContainer(to, parsed.Time, parsed.Stream, parsed.Text, RecordMarks.None, tail, parseJson: false);
                var marks = RecordMarks.None;
                RecordEncoder.WriteFileJson(to, python, common, "2026-11-20T10:00:00Z"u8, ref marks, tail, out _);
                RecordEncoder.WriteFileJson(to, file, how, "2026-11-20T10:00:00Z"u8, ref marks, tail, out _);
                RecordEncoder.WriteFileText(to, "2026-11-20T10:00:00Z"u8, broken, RecordMarks.None, tail);
            }

            return count;
        }
    }
}
