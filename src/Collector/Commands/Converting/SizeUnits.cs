namespace Collector.Commands.Converting;

/// <summary>What <c>k</c>, <c>M</c>, <c>G</c> and <c>T</c> count in another agent's sizes.</summary>
internal enum SizeUnits
{
    /// <summary>
    /// 1,000 to the step: fluent-bit's <c>10M</c>; quantities of Kubernetes, in which <c>10Mi</c> counts 1,024; and Vector, whose
    /// sizes are bytes without a unit.
    /// </summary>
    Decimal,

    /// <summary>1,024 to the step: Fluentd.</summary>
    Binary,
}
