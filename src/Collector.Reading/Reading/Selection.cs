using Collector.Pipeline.Records;
using Collector.Reading.Lines;

namespace Collector.Reading;

/// <summary>Selects the wanted records of a sequence. The values of a key are checked in each record once more.</summary>
/// <param name="question">The question that was asked.</param>
/// <param name="runs">The wanted runs of containers; null: all.</param>
/// <param name="findings">Counts records that are left out against expectation.</param>
internal sealed class Selection(Question question, RunTable? runs, Findings findings)
{
    private readonly RecordTime? _since = question.SinceTime;
    private readonly RecordTime? _until = question.UntilTime;
    private Source? _lastSource;
    private bool _lastFits;
    private bool _lastLacksOwner;
    private bool _lastHasRun;
    private bool _lastIsWantedRun;

    public bool Accepts(in ParsedLine line) => Fits(line) && FitsRun(line);

    /// <summary>Whether a record matches, apart from its run.</summary>
    public bool Fits(in ParsedLine line)
    {
        if ((line.Time ?? line.Within?.Last) < _since || (line.Time ?? line.Within?.First) > _until)
            return false;
        if (question.Stream is { } stream && line.Stream != stream)
            return false;
        if (FitsSource(line.Source))
        {
            findings.WithoutTime += line.IsText && (_since is not null || _until is not null) ? 1 : 0;
            return true;
        }

        if (_lastLacksOwner && line.LacksMetadata)
            findings.WithoutMetadata++;
        return false;
    }

    /// <summary>Whether a source matches, apart from run, time and stream.</summary>
    public bool FitsSource(Source source)
    {
        if (!ReferenceEquals(source, _lastSource))
        {
            var life = source.Life;
            (_lastSource, _lastFits, _lastHasRun) = (source, Fits(source), life is not null);
            if (_lastFits)
                findings.Others.Find();
            else
                findings.Others.Note(question, source);
            _lastIsWantedRun = runs is null || runs.Accepts(source, life);
        }

        return _lastFits;
    }

    /// <summary>Whether a record that <see cref="Fits(in ParsedLine)"/> is of the wanted run.</summary>
    public bool FitsRun(in ParsedLine line)
    {
        if (runs is null)
            return true;

        // A node's own logs have no containers, and so no runs.
        if (!_lastHasRun && (line.IsText || line.Source.Container.Length > 0))
            findings.WithoutRun++;
        else if (!_lastIsWantedRun && _lastHasRun)
            findings.OtherLives++;
        return _lastIsWantedRun;
    }

    private bool Fits(Source source)
    {
        _lastLacksOwner = false;
        if (!question.FitsNames(source, question.Pod))
            return false;
        if (question.OwnerName is { } owner)
        {
            _lastLacksOwner = source.OwnerName.Length == 0 && Question.Fits(question.PodPattern, source.Pod);
            findings.WithoutOwner += _lastLacksOwner ? 1 : 0;
            if (!source.IsOwnedBy(question.OwnerKind, owner))
                return false;
        }

        return question.Labels.Fits(source.Labels);
    }
}
