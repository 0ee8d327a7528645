using System.Text.Json;
using FastAlign.Alignment;
using Xunit;

namespace FastAlign.Tests.Losses;

public sealed class MetricAccumulatorTests
{
    [Fact]
    public void Add_TwoMicroBatches_AveragesByTheNamedRule()
    {
        MetricAccumulator trl = new(MetricAveraging.MicroBatches);
        MetricAccumulator items = new(MetricAveraging.Items);

        foreach (MetricAccumulator metrics in new[] { trl, items })
        {
            metrics.Add(Metric.Entropy, 6, 3);
            metrics.Add(Metric.Entropy, 5, 1);
        }

        Assert.Equal(3.5, trl.Value(Metric.Entropy));
        Assert.Equal(11.0 / 4, items.Value(Metric.Entropy));
    }

    [Fact]
    [Trait("Category", Goldens.Category)]
    public void Add_MicroBatchesOfTrlsFirstStep_GivesTrlsFigure()
    {
        JsonElement logged = GoldenJson.Load("training", "traj", "dpo_ga2.json").GetProperty("steps")[0].GetProperty("metrics");
        MetricAccumulator metrics = new(MetricAveraging.MicroBatches);

        // The two micro-batches have 80 and 121 chosen tokens (completion masks); 77 of all 201 are hit (dpo_sigmoid logs 77/201), 30 of them in the first.
        metrics.Add(Metric.MeanTokenAccuracy, 30, 80);
        metrics.Add(Metric.MeanTokenAccuracy, 47, 121);

        Assert.Equal(logged.GetProperty("mean_token_accuracy").Number(), metrics.Value(Metric.MeanTokenAccuracy), 1e-15);
    }

    [Fact]
    public void Add_NoItems_ReportsNothing()
    {
        MetricAccumulator metrics = new(MetricAveraging.MicroBatches);

        metrics.Add(Metric.Entropy, 0, 0);

        Assert.Equal(0, metrics.Count);
        Assert.True(double.IsNaN(metrics.Value(Metric.Entropy)));
    }

    [Fact]
    public void Set_Twice_KeepsTheLast()
    {
        MetricAccumulator metrics = new(MetricAveraging.Items);

        metrics.Set(Metric.GradNorm, 3);
        metrics.Set(Metric.GradNorm, 4);

        Assert.Equal(4, metrics.Value(Metric.GradNorm));
    }

    [Fact]
    public void Indexer_AfterReset_HoldsOnlyNewValuesInOrder()
    {
        MetricAccumulator metrics = new(MetricAveraging.Items);
        metrics.Add(Metric.Entropy, 1, 1);
        metrics.Reset();

        metrics.Set(Metric.Loss, 2);
        metrics.Add(Metric.Entropy, 8, 2);

        Assert.Equal(2, metrics.Count);
        Assert.Equal((Metric.Loss, 2.0), (metrics[0].Metric, metrics[0].Value));
        Assert.Equal((Metric.Entropy, 4.0), (metrics[1].Metric, metrics[1].Value));
        Assert.Throws<ArgumentOutOfRangeException>(() => metrics[2]);
    }

    [Fact]
    public void Add_MoreMetricsThanTheCatalogue_Grows()
    {
        MetricAccumulator metrics = new(MetricAveraging.Items);

        for (int i = 0; i < 100; i++)
        {
            metrics.Add(new Metric($"custom/{i}", "a test's", "calls"), i, 1);
        }

        Assert.Equal(99, metrics[99].Value);
    }

    [Fact]
    public void Catalogue_Names_AreDistinctAndDefined()
    {
        Assert.Distinct(Metric.All.Select(m => m.Name));
        Assert.All(Metric.All, m => Assert.NotEmpty(m.Definition));
        Assert.All(Metric.All, m => Assert.NotEmpty(m.Denominator));
    }
}
