using System.Text;
using System.Text.Json;
using Collector.Pipeline.Records;
using Xunit;

namespace Collector.Pipeline.Tests.Records;

public sealed class JsonScannerTests
{
    [Theory]
    [InlineData("{}", true)]
    [InlineData(" {\"a\":{\"b\":[1,-0.5e+3,true,false,null,\"x\\u00e9\\n\",[],{}]}} \t", true)]
    [InlineData("{\"a\":1,\"a\":2}", true)]
    [InlineData("[]", false)]
    [InlineData("\"a\"", false)]
    [InlineData("", false)]
    [InlineData("{\"a\":1}{}", false)]
    [InlineData("{\"a\":1,}", false)]
    [InlineData("{,\"a\":1}", false)]
    [InlineData("{\"a\"}", false)]
    [InlineData("{a:1}", false)]
    [InlineData("{\"a\":01}", false)]
    [InlineData("{\"a\":1.}", false)]
    [InlineData("{\"a\":-}", false)]
    [InlineData("{\"a\":1e}", false)]
    [InlineData("{\"a\":[1,]}", false)]
    [InlineData("{\"a\":[}]", false)]
    [InlineData("{\"a\":nul}", false)]
    [InlineData("{\"a\":\"\n\"}", false)]
    [InlineData("{\"a\":\"\\x\"}", false)]
    public void Knows_an_object(string text, bool expected)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Assert.Equal(expected, JsonScanner.IsObject(bytes));
        Assert.Equal(expected, ReadsToEnd(bytes));
    }

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void Takes_64_levels_and_no_more(int depth, bool expected)
    {
        var nested = string.Concat(Enumerable.Repeat("{\"a\":", depth - 1)) + "{}" + new string('}', depth - 1);
        Assert.Equal(expected, JsonScanner.IsObject(Encoding.UTF8.GetBytes(nested)));
        Assert.Equal(expected, ReadsToEnd(Encoding.UTF8.GetBytes(nested)));
        var mixed = "{\"a\":" + new string('[', depth - 1) + new string(']', depth - 1) + "}";
        Assert.Equal(expected, ReadsToEnd(Encoding.UTF8.GetBytes(mixed)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Agrees_with_the_platform_s_reader_on_damaged_objects(int seed)
    {
        var random = new Random(seed);
        var accepted = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var text = Damage(random, RandomObject(random));
            var expected = IsObject(text);
            accepted += expected ? 1 : 0;
            Assert.True(expected == JsonScanner.IsObject(text), Encoding.UTF8.GetString(text));
            Assert.True(expected == ReadsToEnd(text), Encoding.UTF8.GetString(text));
        }

        Assert.InRange(accepted, 2_000, 18_000);
    }

    private static bool ReadsToEnd(byte[] text)
    {
        var scanner = new JsonScanner(text);
        if (!scanner.TryEnterObject())
            return false;
        JsonRead read;
        do
            read = scanner.ReadMember(out _);
        while (read == JsonRead.Member);
        return read == JsonRead.End;
    }

    private static bool IsObject(byte[] text)
    {
        try
        {
            var reader = new Utf8JsonReader(text);
            var isObject = reader.Read() && reader.TokenType == JsonTokenType.StartObject;
            while (reader.Read())
            {
            }

            return isObject;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string RandomObject(Random random) =>
        "{" + string.Join(" , ", Enumerable.Range(0, random.Next(4)).Select(i => $"\"k{i}\\n\": {RandomValue(random, 3)}")) + "}";

    private static string RandomValue(Random random, int depth) => random.Next(depth > 0 ? 8 : 5) switch
    {
        0 => "true",
        1 => "null",
        2 => "-12.5E-3",
        3 => random.Next(1000).ToString(),
        4 => JsonSerializer.Serialize(new string(Encoding.ASCII.GetString(Encoding.ASCII.GetBytes(Samples.RandomText(random, 8))))),
        5 or 6 => "[" + string.Join(',', Enumerable.Range(0, random.Next(3)).Select(_ => RandomValue(random, depth - 1))) + "]",
        _ => "{\"n\":" + RandomValue(random, depth - 1) + "}",
    };

    private static byte[] Damage(Random random, string text)
    {
        const string Bytes = "{}[]\",:\\u0.e-+1tn \t\n";
        var damaged = new StringBuilder(text);
        for (var times = random.Next(3); times > 0 && damaged.Length > 1; times--)
        {
            var at = random.Next(damaged.Length);
            if (random.Next(2) == 0)
                damaged[at] = Bytes[random.Next(Bytes.Length)];
            else
                damaged.Remove(at, 1);
        }

        return Encoding.UTF8.GetBytes(damaged.ToString());
    }
}
