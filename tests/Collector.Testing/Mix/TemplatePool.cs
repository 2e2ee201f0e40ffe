namespace Collector.Testing.Mix;

/// <summary>
/// What one program can say: a few dozen templates, as real programs have. Ids and durations vary, sentences do not;
/// that is what gives the mix the compressibility of real logs.
/// </summary>
internal sealed class TemplatePool
{
    private const int TextTemplates = 24;
    private const int JsonTemplates = 8;
    private const int Traces = 4;

    // Targets leave room for fields that are shorter than their longest value, so that no message leaves its range.
    private const int MaxText = 250, ShortestTextTarget = 105;
    private const int MaxJson = 600, ShortestJsonTarget = 250;

    public TemplatePool(SeededRandom random)
    {
        Texts = Fill(TextTemplates, () => Text(random));
        Jsons = Fill(JsonTemplates, () => Json(random));
        StackTraces = Fill(Traces, () => StackTrace(random));
        LargeItem = MessageTemplate.Parse(Vocabulary.LargeItem);
    }

    public MessageTemplate[] Texts { get; }

    public MessageTemplate[] Jsons { get; }

    /// <summary>Each a whole trace, one template a line.</summary>
    public MessageTemplate[][] StackTraces { get; }

    public MessageTemplate LargeItem { get; }

    private static T[] Fill<T>(int count, Func<T> make) => [.. Enumerable.Range(0, count).Select(_ => make())];

    private static MessageTemplate Text(SeededRandom random)
    {
        string head = $"2026-11-20 10:14:<d2> {random.Pick<string>(Vocabulary.Levels)} {random.Pick<string>(Vocabulary.Loggers)} - {random.Pick<string>(Vocabulary.Sentences)}";
        return Grow(head, "", random.Between(ShortestTextTarget, MaxText), Shuffled(Vocabulary.Tails, random));
    }

    private static MessageTemplate Json(SeededRandom random)
    {
        string sentence = random.Pick<string>(Vocabulary.Sentences).Replace("\"", "\\\"", StringComparison.Ordinal);
        string head = $"{{\"level\":\"<level>\",\"ts\":17636<d5>,\"logger\":\"{random.Pick<string>(Vocabulary.Loggers)}\",\"msg\":\"{sentence}\"";
        IEnumerable<string> pairs = Shuffled(Vocabulary.JsonPairs, random).Select(pair => "," + pair);
        return Grow(head, "}", random.Between(ShortestJsonTarget, MaxJson), pairs);
    }

    // Adds the pieces that fit under the target. The last ones are short, so what is left open is little.
    private static MessageTemplate Grow(string head, string end, int target, IEnumerable<string> pieces)
    {
        MessageTemplate template = MessageTemplate.Parse(head + end);
        foreach (string piece in pieces)
        {
            MessageTemplate grown = MessageTemplate.Parse(head + piece + end);
            if (grown.MaxLength > target) continue;
            head += piece;
            template = grown;
        }

        return template;
    }

    private static string[] Shuffled(string[] items, SeededRandom random)
    {
        string[] shuffled = [.. items];
        for (int i = shuffled.Length - 1; i > 0; i--)
        {
            int j = random.Below(i + 1);
            (shuffled[i], shuffled[j]) = (shuffled[j], shuffled[i]);
        }

        return shuffled;
    }

    private static MessageTemplate[] StackTrace(SeededRandom random)
    {
        var lines = new List<string> { random.Pick<string>(Vocabulary.Exceptions) };
        AddFrames(lines, random, random.Between(6, 16));
        lines.Add("Caused by: " + random.Pick<string>(Vocabulary.Exceptions));
        AddFrames(lines, random, random.Between(2, 6));
        lines.Add($"\t... {random.Between(10, 40)} more");
        return [.. lines.Select(MessageTemplate.Parse)];
    }

    private static void AddFrames(List<string> lines, SeededRandom random, int count)
    {
        for (int i = 0; i < count; i++)
        {
            string type = random.Pick<string>(Vocabulary.Classes);
            lines.Add($"\tat {random.Pick<string>(Vocabulary.Packages)}.{type}.{random.Pick<string>(Vocabulary.Methods)}({type}.java:{random.Between(20, 900)})");
        }
    }
}
