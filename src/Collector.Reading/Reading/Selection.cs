using Collector.Pipeline.Records;
using Collector.Reading.Lines;

namespace Collector.Reading;

/// <summary>Selects the wanted records of a sequence. The values of a key are checked in each record once more.</summary>
/// <param name="question">The question that was asked.</param>
/// <param name="life">The one wanted run of a container; null: all.</param>
/// <param name="findings">Counts records that are left out against expectation.</param>
internal sealed class Selection(Question question, string? life, Findings findings)
{
    private readonly RecordTime? _since = question.SinceTime;
    private readonly RecordTime? _until = question.UntilTime;
    private Source? _lastSource;
    private bool _lastFits;
    private string? _lastLife;

    public bool Accepts(in ParsedLine line)
    {
        if (line.Time is { } time && (time < _since || time > _until))
            return false;
        if (question.Stream is { } stream && line.Stream != stream)
            return false;
        return FitsSource(line.Source) && FitsLife();
    }

    /// <summary>Whether a source matches, apart from run, time and stream.</summary>
    public bool FitsSource(Source source)
    {
        if (!ReferenceEquals(source, _lastSource))
        {
            (_lastSource, _lastLife) = (source, source.Life);
            _lastFits = Fits(source);
        }

        return _lastFits;
    }

    private bool FitsLife()
    {
        if (life is null || _lastLife is null || _lastLife == life)
            return true;
        findings.OtherLives++;
        return false;
    }

    private bool Fits(Source source)
    {
        if (!question.FitsNames(source, question.Pod))
            return false;
        if (question.OwnerName is { } owner)
        {
            if (source.OwnerName.Length == 0)
                findings.WithoutOwner++;
            if (source.OwnerName != owner || source.OwnerKind != question.OwnerKind)
                return false;
        }

        return question.Labels.Fits(source.Labels);
    }
}
